/**
 * `struct xfrm_user_acquire` (linux/xfrm.h): the kernel has a packet that a policy protects, and no
 * SA for it.
 *
 *   0  destination, 16 octets
 *  16  SPI                         in network order; 0 where any will do
 *  20  protocol                    octet; three octets of nothing follow
 *  24  source, 16 octets
 *  40  selector of the packet, 56 octets
 *  96  policy, 168 octets
 * 264  integrity algorithms        as in a template
 * 268  ciphers
 * 272  compression algorithms
 * 276  acquire number
 *
 * Attributes of the policy follow. Integers other than the SPI are in host order.
 *
 * @module
 */
import { hostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { u8, u32 } from '../octets/octets.ts';
import { XFRM_ADDRESS_LENGTH } from './xfrm-address.ts';
import { parseXfrmAttributes } from './xfrm-attributes.ts';
import { parseXfrmPolicyInfo, XFRM_POLICY_LENGTH, type XfrmPolicy } from './xfrm-policy.ts';
import type { XfrmSaId } from './xfrm-sa.ts';
import { parseXfrmSelector, type XfrmSelector } from './xfrm-selector.ts';

const DESTINATION = 0;
const SPI = 16;
const PROTOCOL = 20;
const SOURCE = 24;
const SELECTOR = 40;
const POLICY = 96;
const INTEGRITY_ALGORITHMS = 264;
const CIPHERS = 268;
const COMPRESSION_ALGORITHMS = 272;
const ACQUIRE_NUMBER = 276;
const LENGTH = 280;

/** An SA that is wanted. */
export interface XfrmAcquire extends XfrmSaId {
  /** 16 octets. */
  readonly source: Uint8Array;
  /** The packet's own addresses, protocol and ports. */
  readonly selector: XfrmSelector;
  /** Not its templates alone: the kernel tells the policy whole. */
  readonly policy: XfrmPolicy;
  /** As in a template. */
  readonly integrityAlgorithms: number;
  readonly ciphers: number;
  readonly compressionAlgorithms: number;
  /** What the SA is to have for it, so that the kernel knows it is the one it asked for. */
  readonly acquireNumber: number;
}

/** Reads the payload of an XFRM_MSG_ACQUIRE. */
export function parseXfrmAcquire(payload: Uint8Array): Parsed<XfrmAcquire> {
  if (payload.length < LENGTH) return Malformed.truncated('xfrm acquire', LENGTH, payload.length);
  const attributes = parseXfrmAttributes(payload.subarray(LENGTH));
  if (attributes instanceof Malformed) return attributes;
  const info = payload.subarray(POLICY, POLICY + XFRM_POLICY_LENGTH);
  const policy = parseXfrmPolicyInfo(info, attributes);
  if (policy instanceof Malformed) return policy;
  const protocol = u8(payload, PROTOCOL);
  const selector = parseXfrmSelector(payload, SELECTOR);
  return {
    destination: payload.slice(DESTINATION, DESTINATION + XFRM_ADDRESS_LENGTH),
    source: payload.slice(SOURCE, SOURCE + XFRM_ADDRESS_LENGTH),
    spi: u32(payload, SPI),
    protocol,
    // Not told; the SA is for one of the templates, and these have it.
    family: policy.templates.find((it) => it.protocol === protocol)?.family ?? selector.family,
    selector,
    policy,
    integrityAlgorithms: hostU32(payload, INTEGRITY_ALGORITHMS),
    ciphers: hostU32(payload, CIPHERS),
    compressionAlgorithms: hostU32(payload, COMPRESSION_ALGORITHMS),
    acquireNumber: hostU32(payload, ACQUIRE_NUMBER),
  };
}
