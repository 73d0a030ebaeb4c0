/**
 * `struct xfrm_user_tmpl` (linux/xfrm.h): one layer of the protection that a policy asks for.
 *
 *   0  destination, 16 octets      zeros: the packet's own
 *  16  SPI                         0: any
 *  20  protocol                    octet; three octets of nothing follow
 *  24  family                      16 bits, of both addresses; two octets of nothing follow
 *  28  source, 16 octets
 *  44  reqid                       0: any
 *  48  mode                        octet
 *  49  share                       octet; which packets may share an SA, 0: all
 *  50  optional                    octet; an octet of nothing follows
 *  52  integrity algorithms        a bit for each that will do
 *  56  ciphers
 *  60  compression algorithms
 *
 * The SPI is in network order, the other integers in host order.
 *
 * @module
 */
import { hostU16, hostU32, setHostU16, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { setU8, setU32, u8, u32 } from '../octets/octets.ts';
import { XFRM_ADDRESS_LENGTH } from './xfrm-address.ts';
import { XFRM_SHARE } from './xfrm-constants.ts';

const DESTINATION = 0;
const SPI = 16;
const PROTOCOL = 20;
const FAMILY = 24;
const SOURCE = 28;
const REQID = 44;
const MODE = 48;
const SHARE = 49;
const OPTIONAL = 50;
const INTEGRITY_ALGORITHMS = 52;
const CIPHERS = 56;
const COMPRESSION_ALGORITHMS = 60;
const LENGTH = 64;

const ALL_ALGORITHMS = 0xffffffff;

export interface XfrmTemplate {
  /** 16 octets. */
  readonly source: Uint8Array;
  /** 16 octets. */
  readonly destination: Uint8Array;
  readonly family: number;
  readonly spi: number;
  /** An IP protocol number. */
  readonly protocol: number;
  readonly reqid: number;
  readonly mode: number;
  readonly optional: boolean;
  /** Of XFRM_SHARE. */
  readonly share: number;
  /** The algorithms that will do: bit n is the one that PF_KEY (RFC 2367 §3.5) numbers n. */
  readonly integrityAlgorithms: number;
  readonly ciphers: number;
  readonly compressionAlgorithms: number;
}

/** Takes SAs of any algorithm, for all packets. */
export const XFRM_PLAIN_TEMPLATE: Pick<
  XfrmTemplate,
  'share' | 'integrityAlgorithms' | 'ciphers' | 'compressionAlgorithms'
> = {
  share: XFRM_SHARE.ANY,
  integrityAlgorithms: ALL_ALGORITHMS,
  ciphers: ALL_ALGORITHMS,
  compressionAlgorithms: ALL_ALGORITHMS,
};

/** Reads the value of an XFRMA_TMPL: templates one after the other, innermost first. */
export function parseXfrmTemplates(octets: Uint8Array): Parsed<XfrmTemplate[]> {
  if (octets.length % LENGTH !== 0) {
    return new Malformed(
      'xfrm templates',
      `${octets.length} octets are not so many times ${LENGTH}`,
    );
  }
  return Array.from({ length: octets.length / LENGTH }, (_, k) =>
    parseTemplate(octets, k * LENGTH),
  );
}

/** Writes the value of an XFRMA_TMPL. */
export function emitXfrmTemplates(templates: readonly XfrmTemplate[]): Uint8Array {
  const octets = new Uint8Array(templates.length * LENGTH);
  for (const [k, template] of templates.entries()) {
    const at = k * LENGTH;
    octets.set(template.destination, at + DESTINATION);
    setU32(octets, at + SPI, template.spi);
    setU8(octets, at + PROTOCOL, template.protocol);
    setHostU16(octets, at + FAMILY, template.family);
    octets.set(template.source, at + SOURCE);
    setHostU32(octets, at + REQID, template.reqid);
    setU8(octets, at + MODE, template.mode);
    setU8(octets, at + OPTIONAL, template.optional ? 1 : 0);
    setU8(octets, at + SHARE, template.share);
    setHostU32(octets, at + INTEGRITY_ALGORITHMS, template.integrityAlgorithms);
    setHostU32(octets, at + CIPHERS, template.ciphers);
    setHostU32(octets, at + COMPRESSION_ALGORITHMS, template.compressionAlgorithms);
  }
  return octets;
}

function parseTemplate(octets: Uint8Array, at: number): XfrmTemplate {
  return {
    source: octets.slice(at + SOURCE, at + SOURCE + XFRM_ADDRESS_LENGTH),
    destination: octets.slice(at + DESTINATION, at + DESTINATION + XFRM_ADDRESS_LENGTH),
    family: hostU16(octets, at + FAMILY),
    spi: u32(octets, at + SPI),
    protocol: u8(octets, at + PROTOCOL),
    reqid: hostU32(octets, at + REQID),
    mode: u8(octets, at + MODE),
    share: u8(octets, at + SHARE),
    optional: u8(octets, at + OPTIONAL) !== 0,
    integrityAlgorithms: hostU32(octets, at + INTEGRITY_ALGORITHMS),
    ciphers: hostU32(octets, at + CIPHERS),
    compressionAlgorithms: hostU32(octets, at + COMPRESSION_ALGORITHMS),
  };
}
