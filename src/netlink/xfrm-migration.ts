/**
 * A policy, its templates and their SAs move to other addresses (linux/xfrm.h): the name of the
 * policy, 64 octets, and attributes. Each move is a `struct xfrm_user_migrate` in XFRMA_MIGRATE,
 *
 *   0  old destination, 16 octets
 *  16  old source, 16 octets
 *  32  new destination, 16 octets
 *  48  new source, 16 octets
 *  64  protocol                    octet
 *  65  mode                        octet; two octets of nothing follow
 *  68  reqid
 *  72  old family                  16 bits
 *  74  new family                  16 bits
 *
 * and `struct xfrm_user_kmaddress` in XFRMA_KMADDRESS tells where IKE goes on from:
 *
 *   0  local, 16 octets
 *  16  remote, 16 octets           four octets of nothing follow
 *  36  family                      16 bits; two octets of nothing follow
 *
 * Integers are in host order. Linux takes all moves in one attribute, and tells each in one of its
 * own.
 *
 * @module
 */
import { hostU16, hostU32, setHostU16, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { concatenate, setU8, u8 } from '../octets/octets.ts';
import { type Attribute, octetsAttribute, parseAttributeList } from './attribute.ts';
import { type NetlinkRequest, NLM_F, netlinkRequest } from './nlmsg.ts';
import { XFRM_ADDRESS_LENGTH } from './xfrm-address.ts';
import { parseXfrmAttributes, xfrmOptional, xfrmU8 } from './xfrm-attributes.ts';
import { XFRM_MSG, XFRMA } from './xfrm-constants.ts';
import {
  emitXfrmEncapsulation,
  parseXfrmEncapsulation,
  type XfrmEncapsulation,
} from './xfrm-encapsulation.ts';
import { emitXfrmPolicyType, type XfrmPolicyId } from './xfrm-policy.ts';
import { emitXfrmPolicyId, parseXfrmPolicyId, XFRM_POLICY_ID_LENGTH } from './xfrm-policy-id.ts';

const OLD_DESTINATION = 0;
const OLD_SOURCE = 16;
const NEW_DESTINATION = 32;
const NEW_SOURCE = 48;
const PROTOCOL = 64;
const MODE = 65;
const REQID = 68;
const OLD_FAMILY = 72;
const NEW_FAMILY = 74;
const MOVE_LENGTH = 76;

const LOCAL = 0;
const REMOTE = 16;
const FAMILY = 36;
const IKE_ENDS_LENGTH = 40;

/** The ends of an SA. */
export interface XfrmEnds {
  /** 16 octets. */
  readonly source: Uint8Array;
  /** 16 octets. */
  readonly destination: Uint8Array;
  readonly family: number;
}

/** Templates and SAs with these ends and properties get others. */
export interface XfrmMove {
  readonly before: XfrmEnds;
  readonly after: XfrmEnds;
  /** An IP protocol number. */
  readonly protocol: number;
  readonly mode: number;
  /** 0 is any. */
  readonly reqid: number;
}

/** Where IKE speaks from and to. */
export interface XfrmIkeEnds {
  /** 16 octets. */
  readonly local: Uint8Array;
  /** 16 octets. */
  readonly remote: Uint8Array;
  readonly family: number;
}

export interface XfrmMigration extends XfrmPolicyId {
  /** Of XFRM_POLICY_TYPE. */
  readonly type: number;
  /** At most 6 when asked for. */
  readonly moves: readonly XfrmMove[];
  readonly ikeEnds: XfrmIkeEnds | null;
  /** What the SAs are encapsulated in from now on. */
  readonly encapsulation: XfrmEncapsulation | null;
}

/** Has the kernel make `migration`. */
export function migrateXfrm(migration: XfrmMigration): NetlinkRequest {
  const { type, moves, ikeEnds, encapsulation } = migration;
  const attributes: Attribute[] = [
    octetsAttribute(XFRMA.MIGRATE, concatenate(moves.map(emitMove))),
    ...emitXfrmPolicyType(type),
  ];
  if (ikeEnds !== null) attributes.push(octetsAttribute(XFRMA.KMADDRESS, emitIkeEnds(ikeEnds)));
  if (encapsulation !== null) {
    attributes.push(octetsAttribute(XFRMA.ENCAP, emitXfrmEncapsulation(encapsulation)));
  }
  const parts = [emitXfrmPolicyId(migration, 0), ...attributes];
  return netlinkRequest(XFRM_MSG.MIGRATE, NLM_F.ACK, parts);
}

/** Reads the payload of an XFRM_MSG_MIGRATE. */
export function parseXfrmMigration(payload: Uint8Array): Parsed<XfrmMigration> {
  if (payload.length < XFRM_POLICY_ID_LENGTH) {
    return Malformed.truncated(WHAT, XFRM_POLICY_ID_LENGTH, payload.length);
  }
  const octets = payload.subarray(XFRM_POLICY_ID_LENGTH);
  const attributes = parseXfrmAttributes(octets);
  if (attributes instanceof Malformed) return attributes;
  const moves = parseMoves(octets);
  if (moves instanceof Malformed) return moves;
  const { selector, direction } = parseXfrmPolicyId(payload, 0);
  return {
    selector,
    direction,
    type: xfrmU8(attributes, XFRMA.POLICY_TYPE),
    moves,
    ikeEnds: xfrmOptional(attributes, XFRMA.KMADDRESS, parseIkeEnds),
    encapsulation: xfrmOptional(attributes, XFRMA.ENCAP, parseXfrmEncapsulation),
  };
}

/** The moves of every XFRMA_MIGRATE among the attributes in `octets`. */
function parseMoves(octets: Uint8Array): Parsed<XfrmMove[]> {
  const attributes = parseAttributeList(octets);
  if (attributes instanceof Malformed) return attributes;
  const moves: XfrmMove[] = [];
  for (const [type, value] of attributes) {
    if (type !== XFRMA.MIGRATE) continue;
    if (value.length % MOVE_LENGTH !== 0) {
      return new Malformed(WHAT, `${value.length} octets are not so many times ${MOVE_LENGTH}`);
    }
    for (let at = 0; at < value.length; at += MOVE_LENGTH) moves.push(parseMove(value, at));
  }
  return moves;
}

function parseMove(octets: Uint8Array, at: number): XfrmMove {
  const address = (field: number) => octets.slice(at + field, at + field + XFRM_ADDRESS_LENGTH);
  return {
    before: {
      source: address(OLD_SOURCE),
      destination: address(OLD_DESTINATION),
      family: hostU16(octets, at + OLD_FAMILY),
    },
    after: {
      source: address(NEW_SOURCE),
      destination: address(NEW_DESTINATION),
      family: hostU16(octets, at + NEW_FAMILY),
    },
    protocol: u8(octets, at + PROTOCOL),
    mode: u8(octets, at + MODE),
    reqid: hostU32(octets, at + REQID),
  };
}

function emitMove({ before, after, protocol, mode, reqid }: XfrmMove): Uint8Array {
  const octets = new Uint8Array(MOVE_LENGTH);
  octets.set(before.destination, OLD_DESTINATION);
  octets.set(before.source, OLD_SOURCE);
  octets.set(after.destination, NEW_DESTINATION);
  octets.set(after.source, NEW_SOURCE);
  setU8(octets, PROTOCOL, protocol);
  setU8(octets, MODE, mode);
  setHostU32(octets, REQID, reqid);
  setHostU16(octets, OLD_FAMILY, before.family);
  setHostU16(octets, NEW_FAMILY, after.family);
  return octets;
}

function parseIkeEnds(octets: Uint8Array): XfrmIkeEnds {
  return {
    local: octets.slice(LOCAL, LOCAL + XFRM_ADDRESS_LENGTH),
    remote: octets.slice(REMOTE, REMOTE + XFRM_ADDRESS_LENGTH),
    family: hostU16(octets, FAMILY),
  };
}

function emitIkeEnds({ local, remote, family }: XfrmIkeEnds): Uint8Array {
  const octets = new Uint8Array(IKE_ENDS_LENGTH);
  octets.set(local, LOCAL);
  octets.set(remote, REMOTE);
  setHostU16(octets, FAMILY, family);
  return octets;
}

const WHAT = 'xfrm migration';
