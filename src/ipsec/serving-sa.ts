/**
 * Which SA puts a layer on a packet (RFC 4301 §5.1): the same for who protects packets and for who only
 * tells what would happen to them.
 *
 * @module
 */
import type { Instant } from './backend.ts';
import type { Template } from './policy.ts';
import type { Sa } from './sa.ts';
import type { Sad } from './sad.ts';
import type { Traffic } from './selector.ts';

/**
 * The SA for the layer that `template` asks for, between `ends` or, where they are `null`, the addresses
 * of `traffic`; its local address is the sender's.
 */
export function servingSa(
  sad: Sad,
  template: Template,
  ends: Template['endpoints'],
  traffic: Traffic,
  now: Instant,
): Sa | undefined {
  if (ends === null) {
    const { version, octets, localAddressAt, remoteAddressAt } = traffic;
    return sad.outbound(template, version, octets, localAddressAt, octets, remoteAddressAt, now);
  }
  const { local, remote } = ends;
  return sad.outbound(template, remote.version, local.octets, 0, remote.octets, 0, now);
}
