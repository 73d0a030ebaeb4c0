/**
 * Policies between two hosts, gathered so that a packet is looked up among them and not compared
 * with each.
 *
 * Of policies about everything between two single hosts no two meet the same packet: the SPD has
 * one of each selector. Where many stand one after the other, their order does not matter, and those
 * of one outcome become one set of address pairs.
 *
 * @module
 */
import type { Policy } from '../../ipsec/policy.ts';
import { isAnyPort } from '../../net/port-range.ts';
import { isHostPrefix } from '../../net/prefix.ts';

/** With fewer, rules of their own are as fast, and easier to read for people. */
export const LEAST_PAIRS = 8;

/** Policies that stand one after the other: host pairs all, or any single one. */
export interface Run {
  readonly pairs: boolean;
  readonly policies: readonly Policy[];
}

/** `policies`, of one direction and in order of precedence, as runs. */
export function runsOf(policies: readonly Policy[]): Run[] {
  const runs: Run[] = [];
  let pairs: Policy[] = [];
  const close = () => {
    if (pairs.length >= LEAST_PAIRS) runs.push({ pairs: true, policies: pairs });
    else runs.push(...pairs.map(alone));
    pairs = [];
  };
  for (const policy of policies) {
    if (isHostPair(policy)) {
      pairs.push(policy);
      continue;
    }
    close();
    runs.push(alone(policy));
  }
  close();
  return runs;
}

/** Source and destination as the packet has them, one after the other. */
export function pairKey({ direction, selector }: Policy): Uint8Array {
  const local = selector.localAddress.address.octets;
  const remote = selector.remoteAddress.address.octets;
  const [source, destination] = direction === 'outbound' ? [local, remote] : [remote, local];
  const key = new Uint8Array(source.length + destination.length);
  key.set(source);
  key.set(destination, source.length);
  return key;
}

function alone(policy: Policy): Run {
  return { pairs: false, policies: [policy] };
}

function isHostPair({ selector }: Policy): boolean {
  return (
    selector.nextLayerProtocol === 'any' &&
    isAnyPort(selector.localPort) &&
    isAnyPort(selector.remotePort) &&
    isHostPrefix(selector.localAddress) &&
    isHostPrefix(selector.remoteAddress)
  );
}
