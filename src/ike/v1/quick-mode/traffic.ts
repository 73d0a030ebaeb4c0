/**
 * Which traffic SAs are for: selectors as ID payloads, and back (RFC 2407 §4.6.2, RFC 2409 §5.5).
 *
 * @module
 */
import type { MessageSelector, Selector } from '../../../ipsec/selector.ts';
import { NO_DETAIL } from '../../../ipsec/selector.ts';
import { formatIpAddress, type IpAddress } from '../../../net/ip-address.ts';
import { hasMessages, hasPorts } from '../../../net/ip-protocol.ts';
import { ANY_PORT, onePort, type PortRange } from '../../../net/port-range.ts';
import {
  addressBits,
  hostPrefix,
  isHostPrefix,
  type Prefix,
  prefixOctets,
} from '../../../net/prefix.ts';
import { Malformed, type Parsed } from '../../../octets/malformed.ts';
import { concatenate } from '../../../octets/octets.ts';
import {
  emitIdentification,
  IDENTIFICATION_TYPE,
  type Identification,
  identificationAddresses,
} from '../../../wire/ikev1/identification.ts';
import type { PayloadBody } from '../../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../../wire/ikev1/payload-type.ts';
import type { Bundle } from '../../bundle.ts';
import type { Ends } from '../../path.ts';
import type { Payloads } from '../payloads.ts';

/** The ID payloads of quick mode: the initiator's and the responder's. */
export interface Identities {
  readonly IDci: Identification;
  readonly IDcr: Identification;
}

/**
 * The identities that the initiator sends for `selector`, of its outbound policy. In transport mode they are
 * the hosts, whatever networks the policy is for.
 */
export function identitiesOf(selector: Selector, bundle: Bundle, ends: Ends): Identities {
  const isTunnel = bundle.some(({ mode }) => mode === 'tunnel');
  const protocol = selector.nextLayerProtocol === 'any' ? 0 : selector.nextLayerProtocol;
  const { message, localPort, remotePort } = selector;
  const local = isTunnel ? selector.localAddress : hostPrefix(ends.local);
  const remote = isTunnel ? selector.remoteAddress : hostPrefix(ends.remote);
  // Not RFC: types and codes of ICMP stand where ports do, as PF_KEY has them.
  return {
    IDci: identityOf(local, protocol, message === null ? portOf(localPort) : (message.type ?? 0)),
    IDcr: identityOf(remote, protocol, message === null ? portOf(remotePort) : (message.code ?? 0)),
  };
}

/** Both as ID payloads. */
export function identityPayloads({ IDci, IDcr }: Identities): readonly PayloadBody[] {
  return [IDci, IDcr].map((each) => ({ type: IKEV1_PAYLOAD.ID, body: emitIdentification(each) }));
}

/** The ID payloads in `payloads`: a pair, or `null` for none (RFC 2409 §5.5). */
export function identitiesIn(payloads: Payloads): Parsed<Identities | null> {
  const [IDci, IDcr, ...others] = payloads.every('identification');
  if (IDci === undefined) return null;
  return IDcr === undefined || others.length > 0
    ? new Malformed(WHAT, 'they are no pair')
    : { IDci, IDcr };
}

/**
 * The selector that `identities` are for, as `role` sees it; the hosts at `ends` where the peer sent none.
 * Malformed when it is not what a policy could be for.
 */
export function selectorOf(
  identities: Identities | null,
  role: 'initiator' | 'responder',
  ends: Ends,
): Parsed<Selector> {
  if (identities === null) {
    return selectorFor(hostPrefix(ends.local), hostPrefix(ends.remote), 0, 0, 0, role);
  }
  const { IDci, IDcr } = identities;
  const [own, peers] = role === 'initiator' ? [IDci, IDcr] : [IDcr, IDci];
  const local = prefixOf(own, ends.local);
  if (local instanceof Malformed) return local;
  const remote = prefixOf(peers, ends.remote);
  if (remote instanceof Malformed) return remote;
  if (local.address.version !== remote.address.version) {
    return new Malformed(WHAT, 'the two are of different IP versions');
  }
  if (own.protocol !== peers.protocol && own.protocol !== 0 && peers.protocol !== 0) {
    return new Malformed(WHAT, `the two are for protocols ${own.protocol} and ${peers.protocol}`);
  }
  return selectorFor(local, remote, own.protocol || peers.protocol, own.port, peers.port, role);
}

/**
 * `selector` between the hosts that we see: in transport mode behind a NAT, the identities have addresses
 * that mean nothing here (RFC 3947 §5.2).
 */
export function betweenHosts(selector: Selector, { local, remote }: Ends): Selector {
  return { ...selector, localAddress: hostPrefix(local), remoteAddress: hostPrefix(remote) };
}

function selectorFor(
  localAddress: Prefix,
  remoteAddress: Prefix,
  protocol: number,
  ownPort: number,
  peersPort: number,
  role: 'initiator' | 'responder',
): Selector {
  const nextLayerProtocol = protocol === 0 ? 'any' : protocol;
  const [type, code] = role === 'initiator' ? [ownPort, peersPort] : [peersPort, ownPort];
  return {
    localAddress,
    remoteAddress,
    nextLayerProtocol,
    localPort: hasPorts(protocol) ? rangeOf(ownPort) : ANY_PORT,
    remotePort: hasPorts(protocol) ? rangeOf(peersPort) : ANY_PORT,
    ...NO_DETAIL,
    message: hasMessages(protocol) ? messageOf(type, code) : null,
  };
}

function messageOf(type: number, code: number): MessageSelector | null {
  return type === 0 && code === 0
    ? null
    : { type: type & 0xff, code: code === 0 ? null : code & 0xff };
}

function identityOf(prefix: Prefix, protocol: number, port: number): Identification {
  const { version } = prefix.address;
  const isHost = isHostPrefix(prefix);
  const { host, subnet } = TYPES[version];
  const octets = prefixOctets(prefix);
  return {
    kind: 'identification',
    type: isHost ? host : subnet,
    protocol,
    port,
    data: isHost ? octets : concatenate([octets, maskOctets(version, prefix.length)]),
  };
}

/** The prefix that `identity` names; the host at `end` if it names nothing that has an address. */
function prefixOf(identity: Identification, end: IpAddress): Parsed<Prefix> {
  const [first, second] = identificationAddresses(identity);
  if (first === undefined) return hostPrefix(end);
  if (second === undefined) return hostPrefix(first);
  const { version } = first;
  const isRange = identity.type === TYPES[version].range;
  for (let length = addressBits(version); length >= 0; length--) {
    const prefix = { address: first, length };
    if (isRange ? isWhole(prefix, second) : sameOctetsAs(maskOctets(version, length), second)) {
      return prefix;
    }
  }
  const text = `${formatIpAddress(first)} and ${formatIpAddress(second)}`;
  return new Malformed(WHAT, isRange ? `${text} are no ends of a prefix` : `${text} are no subnet`);
}

/** Whether `prefix` begins with its address and ends with `last`. */
function isWhole(prefix: Prefix, last: IpAddress): boolean {
  const mask = maskOctets(last.version, prefix.length);
  return prefix.address.octets.every(
    (octet, at) =>
      (octet & ~(mask[at] ?? 0) & 0xff) === 0 &&
      (octet | (~(mask[at] ?? 0) & 0xff)) === last.octets[at],
  );
}

function sameOctetsAs(mask: Uint8Array, { octets }: IpAddress): boolean {
  return mask.every((octet, at) => octet === octets[at]);
}

function maskOctets(version: 4 | 6, length: number): Uint8Array {
  const ones = new Uint8Array(addressBits(version) / 8).fill(0xff);
  return prefixOctets({ address: { version, octets: ones }, length });
}

/** 0 is any; a payload has no ranges of ports, and those of policies are any there. */
function portOf({ first, last }: PortRange): number {
  return first === last ? first : 0;
}

function rangeOf(port: number): PortRange {
  return port === 0 ? ANY_PORT : onePort(port);
}

const TYPES = {
  4: {
    host: IDENTIFICATION_TYPE.IPV4_ADDR,
    subnet: IDENTIFICATION_TYPE.IPV4_ADDR_SUBNET,
    range: IDENTIFICATION_TYPE.IPV4_ADDR_RANGE,
  },
  6: {
    host: IDENTIFICATION_TYPE.IPV6_ADDR,
    subnet: IDENTIFICATION_TYPE.IPV6_ADDR_SUBNET,
    range: IDENTIFICATION_TYPE.IPV6_ADDR_RANGE,
  },
} as const;

const WHAT = 'identities of quick mode';
