/**
 * Netlink messages (linux/netlink.h): the header that every family shares, and the kernel's
 * answers.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                  length, with this header                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |             type              |             flags             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        sequence number                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                            port                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */

import { hostU16, hostU32, setHostU16, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { concatenate } from '../octets/octets.ts';
import { attributeText, parseAttributes } from './attribute.ts';

const LENGTH = 0;
const TYPE = 4;
const FLAGS = 6;
const SEQUENCE = 8;
const HEADER_LENGTH = 16;

/** Message types that mean the same in every family. */
export const NLMSG = { NOOP: 1, ERROR: 2, DONE: 3 } as const;

/** Flags of a request. */
export const NLM_F = {
  REQUEST: 0x1,
  ACK: 0x4,
  DUMP: 0x300,
  EXCL: 0x200,
  REPLACE: 0x100,
  CREATE: 0x400,
  APPEND: 0x800,
} as const;

/** A flag of every message of a dump: what is dumped changed meanwhile, and parts may be missing. */
export const NLM_F_DUMP_INTR = 0x10;

/** Flags of an answer: what went wrong is told in attributes too. */
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;

/** A request before it has a sequence number. */
export interface NetlinkRequest {
  readonly type: number;
  /** Besides `REQUEST`, which is always set. */
  readonly flags: number;
  /** The family's own header followed by attributes. */
  readonly payload: Uint8Array;
}

/** A message from the kernel. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** A view into the octets parsed. */
  readonly payload: Uint8Array;
}

/** The answer to a request: `errno` 0 is an acknowledgement. */
export interface NetlinkVerdict {
  /** Positive, as in errno.h. */
  readonly errno: number;
  /** The kernel's own sentence (extended ack), where it gave one. */
  readonly text: string | null;
}

/** A request from a family's header and attributes. */
export function netlinkRequest(
  type: number,
  flags: number,
  parts: readonly Uint8Array[],
): NetlinkRequest {
  return { type, flags, payload: concatenate(parts) };
}

/** `request` under `sequence`, as octets to send. */
export function emitNetlinkMessage(request: NetlinkRequest, sequence: number): Uint8Array {
  return emitNetlinkMessages([request], sequence);
}

/** `requests` in one datagram, the first under `sequence`, each of the others under the next. */
export function emitNetlinkMessages(
  requests: readonly NetlinkRequest[],
  sequence: number,
): Uint8Array {
  const datagram = new Uint8Array(
    requests.reduce((length, request) => length + netlinkMessageLength(request), 0),
  );
  let at = 0;
  let next = sequence;
  for (const request of requests) {
    setHostU32(datagram, at + LENGTH, HEADER_LENGTH + request.payload.length);
    setHostU16(datagram, at + TYPE, request.type);
    setHostU16(datagram, at + FLAGS, request.flags | NLM_F.REQUEST);
    setHostU32(datagram, at + SEQUENCE, next);
    datagram.set(request.payload, at + HEADER_LENGTH);
    at += netlinkMessageLength(request);
    next += 1;
  }
  return datagram;
}

/** The octets that `request` takes in a datagram. */
export function netlinkMessageLength({ payload }: NetlinkRequest): number {
  return (HEADER_LENGTH + payload.length + 3) & ~3;
}

/** The messages in one datagram from the kernel. */
export function parseNetlinkMessages(octets: Uint8Array): Parsed<NetlinkMessage[]> {
  const messages: NetlinkMessage[] = [];
  let at = 0;
  while (at + HEADER_LENGTH <= octets.length) {
    const length = hostU32(octets, at + LENGTH);
    if (length < HEADER_LENGTH || at + length > octets.length) {
      return new Malformed('netlink message', `length ${length} does not fit`);
    }
    messages.push({
      type: hostU16(octets, at + TYPE),
      flags: hostU16(octets, at + FLAGS),
      sequence: hostU32(octets, at + SEQUENCE),
      payload: octets.subarray(at + HEADER_LENGTH, at + length),
    });
    at += (length + 3) & ~3;
  }
  return messages;
}

/** Reads an `ERROR` message, or the `DONE` that closes a dump. */
export function parseNetlinkVerdict(message: NetlinkMessage): Parsed<NetlinkVerdict> {
  if (message.payload.length < 4) {
    return Malformed.truncated('netlink error', 4, message.payload.length);
  }
  const errno = 0 - (hostU32(message.payload, 0) | 0);
  return { errno, text: extendedAck(message) };
}

/** After the error stands the request it answers, whole or its header alone, then attributes. */
function extendedAck(message: NetlinkMessage): string | null {
  if ((message.flags & NLM_F_ACK_TLVS) === 0 || message.type !== NLMSG.ERROR) return null;
  const { payload } = message;
  if (payload.length < 4 + HEADER_LENGTH) return null;
  const quoted = message.flags & NLM_F_CAPPED ? HEADER_LENGTH : hostU32(payload, 4);
  const attributes = parseAttributes(payload.subarray(4 + ((quoted + 3) & ~3)));
  if (attributes instanceof Malformed) return null;
  const text = attributes.get(NLMSGERR_ATTR_MSG);
  return text === undefined ? null : attributeText(text);
}
