/**
 * Dissection of ICMP (RFC 792) and ICMPv6 (RFC 4443, RFC 4861).
 *
 * @module
 */
import {
  ICMP_HEADER_LENGTH,
  icmpCode,
  icmpIsError,
  icmpSecondWord,
  icmpType,
} from '../wire/icmp.ts';
import { ICMPV6_TARGET, ICMPV6_TYPE, icmpv6IsError } from '../wire/icmpv6.ts';
import { packetAddressAt } from './address-table.ts';
import type { Layer } from './layer.ts';
import { MAX_LAYERS, type Part, payloadOf, tooDeep, truncated } from './part.ts';

/** How the packet that an error quotes is dissected. */
type Quote = (part: Part) => Layer;

/** The layer of the ICMP message in `part`. */
export function dissectIcmp(part: Part, quote: Quote): Layer {
  const { octets, at } = part;
  if (part.captured < ICMP_HEADER_LENGTH) return truncated(part, 'icmp');
  const type = icmpType(octets, at);
  return {
    kind: 'icmp',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
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
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    type,
    code: icmpCode(octets, at),
    secondWord: icmpSecondWord(octets, at),
    target: hasTarget ? packetAddressAt(6, octets, at + ICMPV6_TARGET) : null,
    quoted: icmpv6IsError(type) ? quoted(part, quote) : null,
  };
}

function quoted(part: Part, quote: Quote): Layer {
  const packet = payloadOf(part, ICMP_HEADER_LENGTH);
  return packet.depth > MAX_LAYERS ? tooDeep(packet) : quote(packet);
}
