/**
 * Policies and SAs that packets have to be told apart from: of other hosts, of other networks, and of
 * other ports of the same networks.
 *
 * @module
 */
import type { Change } from '../../src/ipsec/change.ts';
import type { Policy } from '../../src/ipsec/policy.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { onePort } from '../../src/net/port-range.ts';
import { addPolicy, addSa } from '../support/sas.ts';

const TCP = 6;
const UDP = 17;

/** Lengths of prefixes, as sites have them. */
const LOCAL_BITS = [8, 16, 24, 32];
const REMOTE_BITS = [16, 20, 24, 28, 32];
/** Of UDP; a prime, so that a port comes again under other lengths. */
const OTHER_PORTS = 1999;

/**
 * Up to 100 000 policies that are looked at before `like` and are about none of its packets of UDP
 * from ports past 1998: networks of several lengths, two in three of them for a port. One in eight covers
 * the addresses of `like`, and differs by its port alone.
 */
export function otherPolicies(like: Policy, count: number): Change[] {
  const { localAddress, remoteAddress } = like.selector;
  return Array.from({ length: count }, (_, k) => {
    const place = k >> 4;
    const near = k % 8 === 0;
    const kind = near ? 1 + ((k >> 3) % 2) : k % 3;
    const length = REMOTE_BITS[(near ? place : k) % REMOTE_BITS.length] ?? 0;
    return addPolicy({
      ...like,
      priority: 1 + (k % 2),
      selector: {
        ...like.selector,
        localAddress: {
          ...localAddress,
          length: LOCAL_BITS[(near ? place : k) % LOCAL_BITS.length] ?? 0,
        },
        remoteAddress: near ? { ...remoteAddress, length } : { address: otherHost(k), length },
        ...(kind === 1 ? { nextLayerProtocol: TCP, remotePort: onePort(place) } : {}),
        ...(kind === 2 ? { nextLayerProtocol: UDP, localPort: onePort(place % OTHER_PORTS) } : {}),
      },
    });
  });
}

/** `count` SAs such as `like` between other hosts. */
export function* otherSas(like: SaParameters, count: number): Generator<Change> {
  for (let k = 0; k < count; k++) {
    const [source, destination] =
      k % 2 === 0 ? [like.source, otherHost(k)] : [otherHost(k), like.source];
    yield addSa({ ...like, source, destination, spi: 0x10000 + k, reqid: k + 1 });
  }
}

/** Of 2^24, none of which is one of the examples' hosts. */
function otherHost(k: number): IpAddress {
  return { version: 4, octets: Uint8Array.of(11, k >>> 16, k >>> 8, k) };
}
