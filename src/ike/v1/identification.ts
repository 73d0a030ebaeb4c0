/**
 * Identities of phase 1 as ID payloads have them, and which of them are those that a configuration asks
 * for (RFC 2407 §4.6.2).
 *
 * @module
 */
import { IKE_PORT, NAT_TRAVERSAL_PORT } from '../../ipsec/exemption.ts';
import { formatIpAddress, type IpAddress, sameAddress } from '../../net/ip-address.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { toHex } from '../../octets/hex.ts';
import { sameOctets } from '../../octets/octets.ts';
import { escapedOctets } from '../../octets/text.ts';
import {
  IDENTIFICATION_TYPE,
  type Identification,
  identificationAddresses,
} from '../../wire/ikev1/identification.ts';
import { CredentialFault } from '../credential-fault.ts';
import type { Credentials } from '../credentials.ts';
import type { Identity } from '../identity.ts';
import type { Path } from '../path.ts';
import type { Peer } from '../peer.ts';

/** What it takes to read names, and to know those that are in files. */
export type NameReader = Pick<Credentials, 'keyId' | 'nameMatches' | 'nameText'>;

/** What we tell `peer` that we are. */
export function ownIdentification(
  peer: Peer,
  { local }: Path,
  credentials: Pick<Credentials, 'ownName' | 'keyId'>,
): Identification | CredentialFault {
  const { ownIdentity } = peer;
  switch (ownIdentity.kind) {
    case 'address':
      return ofAddress(ownIdentity.address ?? local.address);
    case 'fqdn':
      return named(IDENTIFICATION_TYPE.FQDN, octetsOf(ownIdentity.name));
    case 'user-fqdn':
      return named(IDENTIFICATION_TYPE.USER_FQDN, octetsOf(ownIdentity.name));
    case 'key-id':
      return named(IDENTIFICATION_TYPE.KEY_ID, octetsOf(ownIdentity.name));
    case 'key-id-file':
      return named(IDENTIFICATION_TYPE.KEY_ID, credentials.keyId(ownIdentity.path));
    case 'distinguished-name':
    case 'distinguished-name-der':
      return named(IDENTIFICATION_TYPE.DER_ASN1_DN, credentials.ownName(peer));
  }
}

/**
 * What is wrong with the protocol and port of a peer's ID payload, as a clause: in phase 1 they are none,
 * or those of IKE (RFC 2407 §4.6.2), 4500 behind a NAT. `null` when nothing is.
 */
export function identificationFault({ protocol, port }: Identification): string | null {
  if (protocol === 0 && port === 0) return null;
  if (protocol === IP_PROTOCOL.udp && [0, IKE_PORT, NAT_TRAVERSAL_PORT].includes(port)) return null;
  return `its ID payload is for protocol ${protocol} and port ${port}`;
}

/**
 * Whether the peer at `path` is one of `wanted`, which none is everybody. Values are compared whole.
 */
export function identityMatches(
  wanted: readonly Identity[],
  shown: Identification,
  path: Path,
  credentials: Pick<Credentials, 'keyId' | 'nameMatches'>,
): boolean {
  return wanted.length === 0 || wanted.some((each) => isThat(each, shown, path, credentials));
}

/** The peer is nobody whom the configuration asks for. */
export interface IdentityRefused {
  readonly kind: 'identity';
  /** Whom it claims to be, safe to print. */
  readonly shown: string;
  /** Those that it could have been, if it were somebody else. */
  readonly peers: readonly Peer[];
}

/**
 * That `shown` is none of `peer.peerIdentities`; `null` when it is one. Unless `peer.verifyIdentity` is
 * set, this is no more than a warning.
 */
export function identityRefusal(
  peer: Peer,
  shown: Identification,
  path: Path,
  credentials: NameReader,
): IdentityRefused | null {
  if (identityMatches(peer.peerIdentities, shown, path, credentials)) return null;
  return { kind: 'identity', shown: identificationText(shown, credentials), peers: [peer] };
}

function isThat(
  wanted: Identity,
  { type, data, ...rest }: Identification,
  { remote }: Path,
  credentials: Pick<Credentials, 'keyId' | 'nameMatches'>,
): boolean {
  switch (wanted.kind) {
    case 'address': {
      const [address, ...others] = identificationAddresses({ type, data, ...rest });
      if (address === undefined || others.length > 0) return false;
      return sameAddress(address, wanted.address ?? remote.address);
    }
    case 'fqdn':
      // In names of hosts the case of letters does not count (RFC 4343 §2).
      return (
        type === IDENTIFICATION_TYPE.FQDN &&
        sameOctets(inSmallLetters(data), inSmallLetters(octetsOf(wanted.name)))
      );
    case 'user-fqdn':
      return type === IDENTIFICATION_TYPE.USER_FQDN && sameOctets(data, octetsOf(wanted.name));
    case 'key-id':
      return type === IDENTIFICATION_TYPE.KEY_ID && sameOctets(data, octetsOf(wanted.name));
    case 'key-id-file': {
      if (type !== IDENTIFICATION_TYPE.KEY_ID) return false;
      const octets = credentials.keyId(wanted.path);
      return !(octets instanceof CredentialFault) && sameOctets(data, octets);
    }
    case 'distinguished-name':
      if (type !== IDENTIFICATION_TYPE.DER_ASN1_DN) return false;
      return wanted.name === null || credentials.nameMatches(wanted.name, data);
    case 'distinguished-name-der':
      return type === IDENTIFICATION_TYPE.DER_ASN1_DN && sameOctets(data, wanted.octets);
  }
}

/** Whom the peer claims to be, for people: one line that is safe to print. */
export function identificationText(
  shown: Identification,
  credentials: Pick<Credentials, 'nameText'>,
): string {
  const { type, data } = shown;
  const [first, second] = identificationAddresses(shown).map(formatIpAddress);
  if (first !== undefined) {
    const between = RANGES.has(type) ? '-' : '/';
    return second === undefined ? first : `${first}${between}${second}`;
  }
  switch (type) {
    case IDENTIFICATION_TYPE.FQDN:
    case IDENTIFICATION_TYPE.USER_FQDN:
    case IDENTIFICATION_TYPE.KEY_ID:
      return escapedOctets(data, LONGEST_SHOWN);
    case IDENTIFICATION_TYPE.DER_ASN1_DN:
      return escapedOctets(octetsOf(credentials.nameText(data)), LONGEST_SHOWN);
    default: {
      const digits = toHex(data.subarray(0, LONGEST_SHOWN / 2));
      return `ID of type ${type}: 0x${digits}${data.length > LONGEST_SHOWN / 2 ? '…' : ''}`;
    }
  }
}

/**
 * For whom a pre-shared key is looked up, the first that has one: whom the peer claims to be, where that
 * is known by then, and the address it speaks from. In main mode it is the address alone.
 */
export function preSharedKeyNames(shown: Identification | null, { remote }: Path): string[] {
  const address = formatIpAddress(remote.address);
  const claimed = shown === null ? undefined : claimedName(shown);
  return claimed === undefined || claimed === address ? [address] : [claimed, address];
}

function claimedName(shown: Identification): string | undefined {
  const { type, data } = shown;
  switch (type) {
    case IDENTIFICATION_TYPE.IPV4_ADDR:
    case IDENTIFICATION_TYPE.IPV6_ADDR:
      return identificationAddresses(shown).map(formatIpAddress)[0];
    case IDENTIFICATION_TYPE.FQDN:
    case IDENTIFICATION_TYPE.USER_FQDN:
    case IDENTIFICATION_TYPE.KEY_ID:
      return new TextDecoder().decode(data);
    default:
      return undefined;
  }
}

function ofAddress(address: IpAddress): Identification {
  const { IPV4_ADDR, IPV6_ADDR } = IDENTIFICATION_TYPE;
  return {
    kind: 'identification',
    type: address.version === 4 ? IPV4_ADDR : IPV6_ADDR,
    // As racoon has it: addresses are those of IKE.
    protocol: IP_PROTOCOL.udp,
    port: IKE_PORT,
    data: address.octets,
  };
}

function named(type: number, data: Uint8Array | CredentialFault): Identification | CredentialFault {
  if (data instanceof CredentialFault) return data;
  return { kind: 'identification', type, protocol: 0, port: 0, data };
}

function octetsOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function inSmallLetters(octets: Uint8Array): Uint8Array {
  return octets.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet));
}

const RANGES: ReadonlySet<number> = new Set([
  IDENTIFICATION_TYPE.IPV4_ADDR_RANGE,
  IDENTIFICATION_TYPE.IPV6_ADDR_RANGE,
]);

/** In characters. */
const LONGEST_SHOWN = 200;
