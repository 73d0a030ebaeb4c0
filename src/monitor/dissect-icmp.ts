/**
 * Dissection of ICMP (RFC 792) and ICMPv6 (RFC 4443, RFC 4861).
 *
 * @module
 */
import { ipAddressAt } from '../net/ip-address.ts';
import {
  ICMP_HEADER_LENGTH,
  icmpCode,
  icmpIsError,
  icmpSecondWord,
  icmpType,
} from '../wire/icmp.ts';
import { ICMPV6_TARGET, ICMPV6_TYPE, icmpv6IsError } from '../wire/icmpv6.ts';
import type { Layer } from './layer.ts';
import { MAX_LAYERS, type Part, payloadOf, placeOf, truncated } from './part.ts';

/** How the packet that an error quotes is dissected. */
type Quote = (part: Part) => Layer;

/** The layer of the ICMP message in `part`. */
export function dissectIcmp(part: Part, quote: Quote): Layer {
  const { octets, at } = part;
  if (part.captured < ICMP_HEADER_LENGTH) return truncated(part, 'icmp');
  const type = icmpType(octets, at);
  return {
    kind: 'icmp',
    ...placeOf(part),
    type,
    code: icmpCode(octets, at),
    secondWord: icmpSecondWord(octets, at),
    quoted: icmpIsError(type) ? quoted(part, quote) : null,
  };
}

/** The layer of the ICMPv6 message in `part`. */
export function dissectIcmpv6(part: Part, quote: Quote): Layer {
  const { octets, at } = part;
  if (part.captured < ICMP_HEADER_LENGTH) return truncated(part, 'icmp6');
  const type = icmpType(octets, at);
  const hasTarget =
    type === ICMPV6_TYPE.NEIGHBOR_SOLICITATION || type === ICMPV6_TYPE.NEIGHBOR_ADVERTISEMENT;
  if (hasTarget && part.captured < ICMPV6_TARGET + 16) return truncated(part, 'icmp6');
  return {
    kind: 'icmpv6',
    ...placeOf(part),
    type,
    code: icmpCode(octets, at),
    secondWord: icmpSecondWord(octets, at),
    target: hasTarget ? ipAddressAt(6, octets, at + ICMPV6_TARGET) : null,
    quoted: icmpv6IsError(type) ? quoted(part, quote) : null,
  };
}

function quoted(part: Part, quote: Quote): Layer {
  const packet = payloadOf(part, ICMP_HEADER_LENGTH);
  return packet.depth > MAX_LAYERS ? { kind: 'too-deep', ...placeOf(packet) } : quote(packet);
}
