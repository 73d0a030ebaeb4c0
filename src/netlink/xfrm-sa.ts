/**
 * SAs as the kernel tells and takes them: `struct xfrm_usersa_info` and attributes (linux/xfrm.h).
 *
 *   0  selector, 56 octets         what the SA may carry, beyond what policies say
 *  56  destination, 16 octets
 *  72  SPI, in network order
 *  76  protocol                    octet; three octets of nothing follow
 *  80  source, 16 octets
 *  96  limits, 64 octets
 * 160  usage, 32 octets
 * 192  statistics, 12 octets       window errors, replays, failed ICVs
 * 204  acquire number
 * 208  reqid
 * 212  family                      16 bits, of both addresses
 * 214  mode                        octet
 * 215  replay window               octet, in packets; 0 where XFRMA_REPLAY_ESN_VAL tells it
 * 216  flags                       octet; seven octets of nothing follow
 *
 * What is asked of the kernel about SAs is `xfrm-sa-request.ts`.
 *
 * @module
 */
import { hostU16, hostU32, setHostU16, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { setU8, setU32, u8, u32 } from '../octets/octets.ts';
import { type Attribute, concatenate, octetsAttribute, parseAttributes } from './attribute.ts';
import { XFRM_ADDRESS_LENGTH } from './xfrm-address.ts';
import {
  emitXfrmAlgorithm,
  emitXfrmIcvAlgorithm,
  parseXfrmAlgorithm,
  parseXfrmIcvAlgorithm,
  type XfrmAlgorithm,
  type XfrmIcvAlgorithm,
} from './xfrm-algorithm.ts';
import { XFRM_LEGACY_REPLAY_WINDOW, XFRMA } from './xfrm-constants.ts';
import {
  count,
  emitXfrmLimits,
  parseXfrmLimits,
  parseXfrmUsage,
  XFRM_USAGE_LENGTH,
  type XfrmLimits,
  type XfrmUsage,
} from './xfrm-lifetime.ts';
import {
  emitImpossibleXfrmReplayEsn,
  emitXfrmReplayEsn,
  parseXfrmReplay,
  parseXfrmReplayEsn,
  type XfrmReplay,
} from './xfrm-replay.ts';
import { emitXfrmSelector, parseXfrmSelector, type XfrmSelector } from './xfrm-selector.ts';

const SELECTOR = 0;
const DESTINATION = 56;
const SPI = 72;
const PROTOCOL = 76;
const SOURCE = 80;
const LIMITS = 96;
const USAGE = 160;
const REQID = 208;
const FAMILY = 212;
const MODE = 214;
const REPLAY_WINDOW = 215;
const FLAGS = 216;
const LENGTH = 224;

/** What names an SA. */
export interface XfrmSaId {
  /** 16 octets. */
  readonly destination: Uint8Array;
  readonly family: number;
  readonly spi: number;
  /** An IP protocol number. */
  readonly protocol: number;
}

/** An SA to be added. */
export interface XfrmNewSa extends XfrmSaId {
  readonly selector: XfrmSelector;
  /** 16 octets. */
  readonly source: Uint8Array;
  readonly limits: XfrmLimits;
  readonly reqid: number;
  readonly mode: number;
  readonly flags: number;
  /** In packets. */
  readonly replayWindow: number;
  readonly encryption: XfrmAlgorithm | null;
  readonly integrity: XfrmIcvAlgorithm | null;
  /** In the place of both. */
  readonly aead: XfrmIcvAlgorithm | null;
}

/** An SA that the kernel has. */
export interface XfrmSa extends XfrmNewSa {
  readonly usage: XfrmUsage;
  readonly replay: XfrmReplay;
  /** Seconds since the epoch; `null` when it never carried a packet or the kernel does not tell. */
  readonly lastUsed: number | null;
  /** The attribute XFRMA_MARK, without which the kernel does not find an SA that has one. */
  readonly mark: Uint8Array | null;
}

/** Reads the payload of an XFRM_MSG_NEWSA from the kernel. Attributes it does not know are skipped. */
export function parseXfrmSa(payload: Uint8Array): Parsed<XfrmSa> {
  if (payload.length < LENGTH) return Malformed.truncated('xfrm SA', LENGTH, payload.length);
  const attributes = parseAttributes(payload.subarray(LENGTH));
  if (attributes instanceof Malformed) return attributes;
  const encryption = optional(attributes.get(XFRMA.ALG_CRYPT), parseXfrmAlgorithm);
  if (encryption instanceof Malformed) return encryption;
  // XFRMA_ALG_AUTH stands beside it for programs that know nothing of truncation.
  const integrity = optional(attributes.get(XFRMA.ALG_AUTH_TRUNC), parseXfrmIcvAlgorithm);
  if (integrity instanceof Malformed) return integrity;
  const aead = optional(attributes.get(XFRMA.ALG_AEAD), parseXfrmIcvAlgorithm);
  if (aead instanceof Malformed) return aead;
  const counters = parseReplay(payload, attributes);
  if (counters instanceof Malformed) return counters;
  const lastUsed = attributes.get(XFRMA.LASTUSED);
  return {
    selector: parseXfrmSelector(payload, SELECTOR),
    destination: payload.slice(DESTINATION, DESTINATION + XFRM_ADDRESS_LENGTH),
    spi: u32(payload, SPI),
    protocol: u8(payload, PROTOCOL),
    source: payload.slice(SOURCE, SOURCE + XFRM_ADDRESS_LENGTH),
    limits: parseXfrmLimits(payload, LIMITS),
    usage: parseXfrmUsage(payload, USAGE),
    reqid: hostU32(payload, REQID),
    family: hostU16(payload, FAMILY),
    mode: u8(payload, MODE),
    flags: u8(payload, FLAGS),
    replayWindow: counters.window,
    replay: { sent: counters.sent, received: counters.received },
    lastUsed: lastUsed === undefined || lastUsed.length < 8 ? null : count(lastUsed, 0),
    mark: attributes.get(XFRMA.MARK)?.slice() ?? null,
    encryption,
    integrity,
    aead,
  };
}

/** The payload of an XFRM_MSG_NEWSA that adds `sa`. */
export function emitXfrmSa(sa: XfrmNewSa): Uint8Array {
  const wide = sa.replayWindow > XFRM_LEGACY_REPLAY_WINDOW;
  const replay = wide ? emitXfrmReplayEsn(sa.replayWindow) : null;
  return emit(sa, wide ? 0 : sa.replayWindow, replay);
}

/**
 * As {@link emitXfrmSa}, but with a replay window that the kernel refuses as EINVAL, the last of its
 * checks: whatever else it refuses, it refuses first.
 */
export function emitXfrmSaToRefuse(sa: XfrmNewSa): Uint8Array {
  return emit(sa, 0, emitImpossibleXfrmReplayEsn());
}

/**
 * Makes `payload`, from an XFRM_MSG_NEWSA of the kernel, one that adds the same SA again with its
 * sequence numbers, usage and age. Returns a copy.
 */
export function revivedXfrmSa(payload: Uint8Array): Uint8Array {
  const usage = payload.subarray(USAGE, USAGE + XFRM_USAGE_LENGTH);
  const revived = concatenate([payload, octetsAttribute(XFRMA.LTIME_VAL, usage)]);
  const attributes = parseAttributes(payload.subarray(LENGTH));
  if (!(attributes instanceof Malformed) && attributes.has(XFRMA.REPLAY_ESN_VAL)) {
    setU8(revived, REPLAY_WINDOW, 0);
  }
  return revived;
}

function emit(sa: XfrmNewSa, window: number, replay: Uint8Array | null): Uint8Array {
  const header = new Uint8Array(LENGTH);
  emitXfrmSelector(sa.selector, header, SELECTOR);
  header.set(sa.destination, DESTINATION);
  setU32(header, SPI, sa.spi);
  setU8(header, PROTOCOL, sa.protocol);
  header.set(sa.source, SOURCE);
  emitXfrmLimits(sa.limits, header, LIMITS);
  setHostU32(header, REQID, sa.reqid);
  setHostU16(header, FAMILY, sa.family);
  setU8(header, MODE, sa.mode);
  setU8(header, REPLAY_WINDOW, window);
  setU8(header, FLAGS, sa.flags);
  const { encryption, integrity, aead } = sa;
  const secret = [
    ...(encryption ? wrapped(XFRMA.ALG_CRYPT, emitXfrmAlgorithm(encryption)) : []),
    ...(integrity ? wrapped(XFRMA.ALG_AUTH_TRUNC, emitXfrmIcvAlgorithm(integrity)) : []),
    ...(aead ? wrapped(XFRMA.ALG_AEAD, emitXfrmIcvAlgorithm(aead)) : []),
  ];
  const rest = replay === null ? [] : [octetsAttribute(XFRMA.REPLAY_ESN_VAL, replay)];
  const payload = concatenate([header, ...secret, ...rest]);
  for (const attribute of secret) attribute.fill(0);
  return payload;
}

/** `value` as an attribute; `value` itself, which holds a key, becomes zeros. */
function wrapped(type: number, value: Uint8Array): [Attribute] {
  const attribute = octetsAttribute(type, value);
  value.fill(0);
  return [attribute];
}

function parseReplay(
  payload: Uint8Array,
  attributes: ReadonlyMap<number, Uint8Array>,
): Parsed<XfrmReplay & { readonly window: number }> {
  const wide = attributes.get(XFRMA.REPLAY_ESN_VAL);
  if (wide !== undefined) return parseXfrmReplayEsn(wide);
  const window = u8(payload, REPLAY_WINDOW);
  const narrow = attributes.get(XFRMA.REPLAY_VAL);
  if (narrow === undefined) return { sent: 0, received: 0, window };
  const replay = parseXfrmReplay(narrow);
  return replay instanceof Malformed ? replay : { ...replay, window };
}

function optional<T>(
  octets: Uint8Array | undefined,
  parse: (octets: Uint8Array) => Parsed<T>,
): Parsed<T | null> {
  return octets === undefined ? null : parse(octets);
}
