/**
 * What of two hosts' files is between the two: a file may have other peers as well, about whom the other
 * file says nothing.
 *
 * @module
 */
import type { Policy } from '../../ipsec/policy.ts';
import { prefixCovers } from '../../net/prefix.ts';
import { addressKey, type CheckedSetkey, type CompiledAdd } from '../lint/setkey/checked-setkey.ts';
import type { PlacedPolicy } from '../lint/setkey/loaded-setkey.ts';

/** What a file says of the other host. */
export interface Side {
  readonly file: CheckedSetkey;
  readonly adds: readonly CompiledAdd[];
  /** Inbound and outbound ones that protect. */
  readonly policies: readonly PlacedPolicy[];
}

/**
 * Both files, without what is between one of them and a third host. All of it where that cannot be
 * told, and where nothing would be left, as with two copies of one file.
 */
export function commonGround(a: CheckedSetkey, b: CheckedSetkey): readonly [Side, Side] {
  const narrow = [sideOf(a, b), sideOf(b, a)] as const;
  const isEmpty = narrow.some(({ adds, policies }) => adds.length + policies.length === 0);
  return isEmpty ? [whole(a), whole(b)] : narrow;
}

function whole(file: CheckedSetkey): Side {
  return { file, adds: file.adds, policies: protectingIn(file) };
}

function sideOf(file: CheckedSetkey, other: CheckedSetkey): Side {
  const [own, others] = [file.ownAddresses, other.ownAddresses];
  if (own.size === 0 || others.size === 0) return whole(file);
  const adds = file.adds.filter(({ sa }) => {
    const [source, destination] = [addressKey(sa.source), addressKey(sa.destination)];
    return (
      (own.has(source) && others.has(destination)) || (others.has(source) && own.has(destination))
    );
  });
  const policies = protectingIn(file).filter(({ policy }) => isWith(policy, others));
  return { file, adds, policies };
}

function protectingIn({ spd }: CheckedSetkey): readonly PlacedPolicy[] {
  const entries = [...spd.outbound.values(), ...spd.inbound.values()];
  return entries.filter(({ policy }) => policy.action.kind === 'protect');
}

/** Whether the other end of `policy` is, or may be, at one of `addresses`. */
function isWith({ action, selector }: Policy, addresses: ReadonlySet<string>): boolean {
  const templates = action.kind === 'protect' ? action.templates : [];
  const ends = templates.flatMap(({ endpoints }) => (endpoints === null ? [] : [endpoints.remote]));
  if (ends.length > 0) return ends.some((end) => addresses.has(addressKey(end)));
  const { remoteAddress } = selector;
  return [...addresses].some((address) => {
    const octets = Uint8Array.from(address.split('.'), Number);
    return (
      octets.length === remoteAddress.address.octets.length &&
      prefixCovers(remoteAddress, octets, 0)
    );
  });
}
