/**
 * The counters of an SA by themselves (linux/xfrm.h): `struct xfrm_aevent_id` and attributes. The
 * kernel tells them now and then, or when asked, and takes them, so that another host may go on
 * where this one stopped.
 *
 *   0  name of the SA, 24 octets
 *  24  source, 16 octets
 *  40  flags
 *  44  reqid
 *
 * Integers are in host order.
 *
 * @module
 */
import { hostU32, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { type Attribute, octetsAttribute, u32Attribute } from './attribute.ts';
import { type NetlinkRequest, NLM_F, netlinkRequest } from './nlmsg.ts';
import { XFRM_ADDRESS_LENGTH } from './xfrm-address.ts';
import {
  parseXfrmAttributes,
  type XfrmAttributes,
  xfrmOptional,
  xfrmU32,
} from './xfrm-attributes.ts';
import { XFRM_MSG, XFRMA } from './xfrm-constants.ts';
import { emitXfrmUsage, parseXfrmUsage, type XfrmUsage } from './xfrm-lifetime.ts';
import {
  emitXfrmReplay,
  emitXfrmReplayEsn,
  parseXfrmReplay,
  parseXfrmReplayEsn,
  type XfrmReplay,
} from './xfrm-replay.ts';
import type { XfrmSaId } from './xfrm-sa.ts';
import { emitXfrmSaId, parseXfrmSaId } from './xfrm-sa-id.ts';

const SOURCE = 24;
const FLAGS = 40;
const REQID = 44;
const LENGTH = 48;

/** Flags: what is told or asked for, and why it is told. */
export const XFRM_AE = {
  /** The replay threshold. */
  RTHR: 1,
  /** The replay state. */
  RVAL: 2,
  /** The usage. */
  LVAL: 4,
  /** The timer. */
  ETHR: 8,
  /** So many packets have passed. */
  CR: 16,
  /** So much time has passed. */
  CE: 32,
  /** Somebody has set them. */
  CU: 64,
} as const;

/** How far an SA has come. */
export interface XfrmCounters {
  readonly id: XfrmSaId;
  /** 16 octets. */
  readonly source: Uint8Array;
  readonly reqid: number;
  /** Of {@link XFRM_AE}. */
  readonly flags: number;
  readonly replay: XfrmReplay | null;
  /** In packets; told with a wide `replay` alone, otherwise 0. */
  readonly replayWindow: number;
  readonly usage: XfrmUsage | null;
  /** The packets after which the kernel tells again; `null` when not told. */
  readonly packetThreshold: number | null;
  /** Tenths of a second after which the kernel tells again; `null` when not told. */
  readonly timerTenths: number | null;
  /** The attribute XFRMA_MARK, without which the kernel does not find an SA that has one. */
  readonly mark: Uint8Array | null;
}

/** Asks for the counters of an SA, and with flags RTHR and ETHR for the thresholds, too. */
export function queryXfrmCounters(
  id: XfrmSaId,
  flags: number = 0,
  mark: Uint8Array | null = null,
): NetlinkRequest {
  const name = { id, source: new Uint8Array(XFRM_ADDRESS_LENGTH), reqid: 0, flags };
  return netlinkRequest(XFRM_MSG.GETAE, 0, [emitName(name), ...emitMark(mark)]);
}

/** Has the SA go on from `counters`: from as many of them as are not `null`, at least one. */
export function setXfrmCounters(counters: XfrmCounters): NetlinkRequest {
  const { replay, replayWindow, usage, packetThreshold, timerTenths, mark } = counters;
  const attributes: Attribute[] = [];
  if (replay?.wide === true) {
    const octets = emitXfrmReplayEsn(replayWindow, replay);
    attributes.push(octetsAttribute(XFRMA.REPLAY_ESN_VAL, octets));
  } else if (replay !== null) {
    attributes.push(octetsAttribute(XFRMA.REPLAY_VAL, emitXfrmReplay(replay)));
  }
  if (usage !== null) attributes.push(octetsAttribute(XFRMA.LTIME_VAL, emitXfrmUsage(usage)));
  if (packetThreshold !== null) {
    attributes.push(u32Attribute(XFRMA.REPLAY_THRESH, packetThreshold));
  }
  if (timerTenths !== null) attributes.push(u32Attribute(XFRMA.ETIMER_THRESH, timerTenths));
  return netlinkRequest(XFRM_MSG.NEWAE, NLM_F.ACK | NLM_F.REPLACE, [
    emitName(counters),
    ...attributes,
    ...emitMark(mark),
  ]);
}

/** Reads the payload of an XFRM_MSG_NEWAE. */
export function parseXfrmCounters(payload: Uint8Array): Parsed<XfrmCounters> {
  if (payload.length < LENGTH) return Malformed.truncated('xfrm counters', LENGTH, payload.length);
  const attributes = parseXfrmAttributes(payload.subarray(LENGTH));
  if (attributes instanceof Malformed) return attributes;
  const counted = parseReplay(attributes);
  if (counted instanceof Malformed) return counted;
  return {
    id: parseXfrmSaId(payload, 0),
    source: payload.slice(SOURCE, SOURCE + XFRM_ADDRESS_LENGTH),
    reqid: hostU32(payload, REQID),
    flags: hostU32(payload, FLAGS),
    ...counted,
    usage: xfrmOptional(attributes, XFRMA.LTIME_VAL, (octets) => parseXfrmUsage(octets, 0)),
    packetThreshold: xfrmU32(attributes, XFRMA.REPLAY_THRESH, null),
    timerTenths: xfrmU32(attributes, XFRMA.ETIMER_THRESH, null),
    mark: attributes.get(XFRMA.MARK)?.slice() ?? null,
  };
}

function parseReplay(
  attributes: XfrmAttributes,
): Parsed<Pick<XfrmCounters, 'replay' | 'replayWindow'>> {
  const wide = xfrmOptional(attributes, XFRMA.REPLAY_ESN_VAL, parseXfrmReplayEsn);
  if (wide instanceof Malformed) return wide;
  if (wide !== null) {
    const { window, ...replay } = wide;
    return { replay, replayWindow: window };
  }
  const replay = xfrmOptional(attributes, XFRMA.REPLAY_VAL, parseXfrmReplay);
  return replay instanceof Malformed ? replay : { replay, replayWindow: 0 };
}

function emitName(sa: Pick<XfrmCounters, 'id' | 'source' | 'reqid' | 'flags'>): Uint8Array {
  const octets = new Uint8Array(LENGTH);
  octets.set(emitXfrmSaId(sa.id));
  octets.set(sa.source, SOURCE);
  setHostU32(octets, FLAGS, sa.flags);
  setHostU32(octets, REQID, sa.reqid);
  return octets;
}

function emitMark(mark: Uint8Array | null): Attribute[] {
  return mark === null ? [] : [octetsAttribute(XFRMA.MARK, mark)];
}
