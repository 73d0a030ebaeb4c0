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
import { concatenate, setU8, setU32, u8, u32 } from '../octets/octets.ts';
import { type Attribute, octetsAttribute } from './attribute.ts';
import { XFRM_ADDRESS_LENGTH } from './xfrm-address.ts';
import {
  emitXfrmAlgorithm,
  emitXfrmIcvAlgorithm,
  parseXfrmAlgorithm,
  parseXfrmIcvAlgorithm,
  type XfrmAlgorithm,
  type XfrmIcvAlgorithm,
} from './xfrm-algorithm.ts';
import { parseXfrmAttributes, type XfrmAttributes, xfrmOptional } from './xfrm-attributes.ts';
import { XFRM_STATE, XFRMA } from './xfrm-constants.ts';
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
  emitXfrmReplay,
  emitXfrmReplayEsn,
  isWideXfrmReplay,
  parseXfrmReplay,
  parseXfrmReplayEsn,
  XFRM_UNUSED_REPLAY,
  type XfrmReplay,
} from './xfrm-replay.ts';
import {
  emitXfrmSaOptions,
  parseXfrmSaOptions,
  XFRM_NO_SA_OPTIONS,
  type XfrmSaOptions,
} from './xfrm-sa-options.ts';
import { emitXfrmSelector, parseXfrmSelector, type XfrmSelector } from './xfrm-selector.ts';

const SELECTOR = 0;
const DESTINATION = 56;
const SPI = 72;
const PROTOCOL = 76;
const SOURCE = 80;
const LIMITS = 96;
const USAGE = 160;
const WINDOW_ERRORS = 192;
const REPLAYS = 196;
const INTEGRITY_FAILURES = 200;
const ACQUIRE_NUMBER = 204;
const REQID = 208;
const FAMILY = 212;
const MODE = 214;
const REPLAY_WINDOW = 215;
const FLAGS = 216;

export const XFRM_SA_LENGTH = 224;

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
  /** IPComp's, which has no key. */
  readonly compression: XfrmAlgorithm | null;
  /** Of the acquire that asked for the SA; 0 when none did. */
  readonly acquireNumber: number;
  /** Where the SA takes up counting; `null` at the beginning. */
  readonly replay: XfrmReplay | null;
  readonly options: XfrmSaOptions;
}

/** What most new SAs have of all that. */
export const XFRM_PLAIN_SA: Pick<
  XfrmNewSa,
  'compression' | 'acquireNumber' | 'replay' | 'options'
> = { compression: null, acquireNumber: 0, replay: null, options: XFRM_NO_SA_OPTIONS };

/** Packets that an SA refused. */
export interface XfrmStatistics {
  /** Older than the replay window reaches. */
  readonly windowErrors: number;
  readonly replays: number;
  readonly integrityFailures: number;
}

/** An SA that the kernel has. */
export interface XfrmSa extends XfrmNewSa {
  readonly usage: XfrmUsage;
  readonly statistics: XfrmStatistics;
  readonly replay: XfrmReplay;
  /** Seconds since the epoch; `null` when it never carried a packet or the kernel does not tell. */
  readonly lastUsed: number | null;
  /** As in `options`, but the octets that a request names the SA by. */
  readonly mark: Uint8Array | null;
}

/** Reads the payload of an XFRM_MSG_NEWSA from the kernel. Attributes it does not know are skipped. */
export function parseXfrmSa(payload: Uint8Array): Parsed<XfrmSa> {
  if (payload.length < XFRM_SA_LENGTH) {
    return Malformed.truncated('xfrm SA', XFRM_SA_LENGTH, payload.length);
  }
  const attributes = parseXfrmAttributes(payload.subarray(XFRM_SA_LENGTH));
  return attributes instanceof Malformed ? attributes : parseXfrmSaInfo(payload, attributes);
}

/** Reads a `struct xfrm_usersa_info`, which must be whole, whose attributes stand elsewhere. */
export function parseXfrmSaInfo(info: Uint8Array, attributes: XfrmAttributes): Parsed<XfrmSa> {
  const encryption = xfrmOptional(attributes, XFRMA.ALG_CRYPT, parseXfrmAlgorithm);
  if (encryption instanceof Malformed) return encryption;
  // XFRMA_ALG_AUTH stands beside it for programs that know nothing of truncation.
  const integrity = xfrmOptional(attributes, XFRMA.ALG_AUTH_TRUNC, parseXfrmIcvAlgorithm);
  if (integrity instanceof Malformed) return integrity;
  const aead = xfrmOptional(attributes, XFRMA.ALG_AEAD, parseXfrmIcvAlgorithm);
  if (aead instanceof Malformed) return aead;
  const compression = xfrmOptional(attributes, XFRMA.ALG_COMP, parseXfrmAlgorithm);
  if (compression instanceof Malformed) return compression;
  const counters = parseReplay(info, attributes);
  if (counters instanceof Malformed) return counters;
  const options = parseXfrmSaOptions(attributes);
  if (options instanceof Malformed) return options;
  const { window, ...replay } = counters;
  return {
    selector: parseXfrmSelector(info, SELECTOR),
    destination: info.slice(DESTINATION, DESTINATION + XFRM_ADDRESS_LENGTH),
    spi: u32(info, SPI),
    protocol: u8(info, PROTOCOL),
    source: info.slice(SOURCE, SOURCE + XFRM_ADDRESS_LENGTH),
    limits: parseXfrmLimits(info, LIMITS),
    usage: parseXfrmUsage(info, USAGE),
    statistics: {
      windowErrors: hostU32(info, WINDOW_ERRORS),
      replays: hostU32(info, REPLAYS),
      integrityFailures: hostU32(info, INTEGRITY_FAILURES),
    },
    acquireNumber: hostU32(info, ACQUIRE_NUMBER),
    reqid: hostU32(info, REQID),
    family: hostU16(info, FAMILY),
    mode: u8(info, MODE),
    flags: u8(info, FLAGS),
    replayWindow: window,
    replay,
    lastUsed: xfrmOptional(attributes, XFRMA.LASTUSED, (octets) => count(octets, 0)),
    mark: attributes.get(XFRMA.MARK)?.slice() ?? null,
    encryption,
    integrity,
    aead,
    compression,
    options,
  };
}

/** The payload of an XFRM_MSG_NEWSA or XFRM_MSG_UPDSA that puts `sa` there. */
export function emitXfrmSa(sa: XfrmNewSa): Uint8Array {
  const { replay, replayWindow } = sa;
  const esn = (sa.flags & XFRM_STATE.ESN) !== 0;
  const wide = replay?.wide ?? isWideXfrmReplay(replayWindow, esn);
  if (wide) {
    const counters = emitXfrmReplayEsn(replayWindow, replay);
    return emit(sa, 0, [octetsAttribute(XFRMA.REPLAY_ESN_VAL, counters)]);
  }
  const used = replay === null ? [] : [octetsAttribute(XFRMA.REPLAY_VAL, emitXfrmReplay(replay))];
  return emit(sa, replayWindow, used);
}

/**
 * As {@link emitXfrmSa}, but with a replay window that the kernel refuses as EINVAL, the last of its
 * checks: whatever else it refuses, it refuses first. Not for IPComp, which has no window to refuse.
 */
export function emitXfrmSaToRefuse(sa: XfrmNewSa): Uint8Array {
  return emit(sa, 0, [octetsAttribute(XFRMA.REPLAY_ESN_VAL, emitImpossibleXfrmReplayEsn())]);
}

/**
 * Makes `payload`, from an XFRM_MSG_NEWSA of the kernel, one that adds the same SA again with its
 * sequence numbers, usage and age. Returns a copy.
 */
export function revivedXfrmSa(payload: Uint8Array): Uint8Array {
  const usage = payload.subarray(USAGE, USAGE + XFRM_USAGE_LENGTH);
  const revived = concatenate([payload, octetsAttribute(XFRMA.LTIME_VAL, usage)]);
  const attributes = parseXfrmAttributes(payload.subarray(XFRM_SA_LENGTH));
  if (!(attributes instanceof Malformed) && attributes.has(XFRMA.REPLAY_ESN_VAL)) {
    setU8(revived, REPLAY_WINDOW, 0);
  }
  return revived;
}

function emit(sa: XfrmNewSa, window: number, replay: readonly Attribute[]): Uint8Array {
  const { encryption, integrity, aead, compression } = sa;
  const algorithms = [
    ...(encryption ? wrapped(XFRMA.ALG_CRYPT, emitXfrmAlgorithm(encryption)) : []),
    ...(integrity ? wrapped(XFRMA.ALG_AUTH_TRUNC, emitXfrmIcvAlgorithm(integrity)) : []),
    ...(aead ? wrapped(XFRMA.ALG_AEAD, emitXfrmIcvAlgorithm(aead)) : []),
    ...(compression ? wrapped(XFRMA.ALG_COMP, emitXfrmAlgorithm(compression)) : []),
  ];
  const info = emitInfo(sa, window);
  const payload = concatenate([info, ...algorithms, ...replay, ...emitXfrmSaOptions(sa.options)]);
  for (const attribute of algorithms) attribute.fill(0);
  return payload;
}

function emitInfo(sa: XfrmNewSa, window: number): Uint8Array {
  const info = new Uint8Array(XFRM_SA_LENGTH);
  emitXfrmSelector(sa.selector, info, SELECTOR);
  info.set(sa.destination, DESTINATION);
  setU32(info, SPI, sa.spi);
  setU8(info, PROTOCOL, sa.protocol);
  info.set(sa.source, SOURCE);
  emitXfrmLimits(sa.limits, info, LIMITS);
  setHostU32(info, ACQUIRE_NUMBER, sa.acquireNumber);
  setHostU32(info, REQID, sa.reqid);
  setHostU16(info, FAMILY, sa.family);
  setU8(info, MODE, sa.mode);
  setU8(info, REPLAY_WINDOW, window);
  setU8(info, FLAGS, sa.flags);
  return info;
}

/** `value` as an attribute; `value` itself, which holds a key, becomes zeros. */
function wrapped(type: number, value: Uint8Array): [Attribute] {
  const attribute = octetsAttribute(type, value);
  value.fill(0);
  return [attribute];
}

function parseReplay(
  info: Uint8Array,
  attributes: XfrmAttributes,
): Parsed<XfrmReplay & { readonly window: number }> {
  const wide = attributes.get(XFRMA.REPLAY_ESN_VAL);
  if (wide !== undefined) return parseXfrmReplayEsn(wide);
  const window = u8(info, REPLAY_WINDOW);
  const narrow = attributes.get(XFRMA.REPLAY_VAL);
  if (narrow === undefined) return { ...XFRM_UNUSED_REPLAY, window };
  const replay = parseXfrmReplay(narrow);
  return replay instanceof Malformed ? replay : { ...replay, window };
}
