/**
 * What an SA is made from (RFC 4301 §4.4.2.1): everything that is known before its first packet.
 * The SA at work, with its counters and keyed contexts, is `sa.ts`.
 *
 * @module
 */
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../crypto/algorithm.ts';
import { NULL_INTEGRITY } from '../crypto/null.ts';
import type { Secret } from '../crypto/secret.ts';
import { formatIpAddress, type IpAddress, sameAddress } from '../net/ip-address.ts';
import type { CompressionAlgorithm } from './compression.ts';
import type { Lifetime } from './lifetime.ts';
import type { IpsecProtocol, Mode } from './policy.ts';
import type { SecurityContext } from './security-context.ts';

/** The triple that names an SA in the SAD. */
export interface SaId {
  readonly destination: IpAddress;
  readonly protocol: IpsecProtocol;
  /** 1 to 2^32 - 1; 1 to 255 are reserved (RFC 4303 §2.1). A CPI has 16 bits (RFC 3173 §3.3). */
  readonly spi: number;
}

export interface SaParameters extends SaId {
  readonly source: IpAddress;
  readonly mode: Mode;
  /** Ties the SA to templates of the same number; 0 to none in particular. */
  readonly reqid: number;
  /** In packets; 0 turns the replay check off, as manual keys have it unless told otherwise. */
  readonly replayWindow: number;
  /** `null` for AH and IPComp. ESP without encryption has the NULL cipher here. */
  readonly encryption: { readonly algorithm: EncryptionAlgorithm; readonly key: Secret } | null;
  /** `null` for IPComp, and ESP without it or with an AEAD. `icvLength` is in octets. */
  readonly integrity: {
    readonly algorithm: IntegrityAlgorithm;
    readonly key: Secret;
    readonly icvLength: number;
  } | null;
  /** `null` for ESP and AH. */
  readonly compression: CompressionAlgorithm | null;
  /** `null` where ESP and AH are protocols of IP, as they are unless a NAT is in the way. */
  readonly encapsulation: UdpEncapsulation | null;
  /** Whether sequence numbers have 64 bits, of which packets show 32 (RFC 4303 §2.2.1). */
  readonly extendedSequenceNumbers: boolean;
  readonly securityContext: SecurityContext | null;
  /** When to warn that the SA will end. */
  readonly softLifetime: Lifetime;
  /** When the SA ends. */
  readonly hardLifetime: Lifetime;
}

/** ESP in UDP datagrams (RFC 3948). */
export interface UdpEncapsulation {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** What the peer's address was before a NAT, where transport mode needs to know (NAT-OA). */
  readonly originalAddress: IpAddress | null;
}

/** Where ESP in UDP comes to. */
export interface UdpEnd {
  readonly address: IpAddress;
  readonly port: number;
}

/** The ends of a tunnel, as its SA has them. */
export type TunnelEnds = Pick<SaParameters, 'source' | 'destination'>;

/** What protected packets come in beside AH, ESP and IPComp themselves: to this host, or to the peers. */
export interface Carriers {
  readonly udpEnds: readonly UdpEnd[];
  /** Of IPComp: what does not get shorter comes as plain IP in IP (RFC 3173 §2.2). */
  readonly compressedTunnels: readonly TunnelEnds[];
}

/** Where no SA needs any. */
export const NO_CARRIERS: Carriers = { udpEnds: [], compressedTunnels: [] };

/** What most SAs have none of. */
export const NO_EXTRAS: Pick<
  SaParameters,
  'compression' | 'encapsulation' | 'extendedSequenceNumbers' | 'securityContext'
> = {
  compression: null,
  encapsulation: null,
  extendedSequenceNumbers: false,
  securityContext: null,
};

/** The port on both sides unless something else was agreed (RFC 3948 §2.1). */
export const ESP_IN_UDP_PORT = 4500;

/** The least SPI that is not reserved (RFC 4303 §2.1). */
export const LEAST_SPI = 256;

/** The largest CPI (RFC 3173 §3.3). */
export const LARGEST_CPI = 0xffff;

/** Whether `integrity` is there and not the one that does nothing. */
export function authenticates(
  integrity: SaParameters['integrity'],
): integrity is NonNullable<SaParameters['integrity']> {
  return integrity !== null && integrity.algorithm !== NULL_INTEGRITY;
}

/** Whether packets of the SA tell when they were changed or forged. */
export function isAuthenticated({
  encryption,
  integrity,
}: Pick<SaParameters, 'encryption' | 'integrity'>): boolean {
  return authenticates(integrity) || encryption?.algorithm.kind === 'aead';
}

/** Whether `a` and `b` name the same SA. */
export function sameSaId(a: SaId, b: SaId): boolean {
  return a.spi === b.spi && a.protocol === b.protocol && sameAddress(a.destination, b.destination);
}

/** Whether `a` and `b` are the same port of the same address. */
export function sameUdpEnd(a: UdpEnd, b: UdpEnd): boolean {
  return a.port === b.port && sameAddress(a.address, b.address);
}

/** An SPI as operators read it: `0x00000201`. */
export function formatSpi(spi: number): string {
  return `0x${spi.toString(16).padStart(8, '0')}`;
}

/** `esp 0x00000201 to 10.9.0.2`. */
export function formatSaId(id: SaId): string {
  return `${id.protocol} ${formatSpi(id.spi)} to ${formatIpAddress(id.destination)}`;
}
