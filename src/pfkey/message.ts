/**
 * PF_KEY messages (RFC 2367 §2.2): `struct sadb_msg` and extensions.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    version    |     type      |     errno     |    SA type    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    length, in units of 8      |           reserved            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        sequence number                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                          process ID                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Integers are in host order.
 *
 * @module
 */
import { hostU16, hostU32, setHostU16, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { setU8, u8 } from '../octets/octets.ts';
import { PF_KEY_V2 } from './constants.ts';
import {
  emitSadbExtension,
  parseSadbExtensions,
  SADB_UNIT,
  type SadbExtension,
  sadbExtensionLength,
} from './extension.ts';

const VERSION = 0;
const TYPE = 1;
const ERRNO = 2;
const SA_TYPE = 3;
const LENGTH = 4;
const RESERVED = 6;
const SEQUENCE = 8;
const PROCESS = 12;
const HEADER_LENGTH = 16;

export interface SadbMessage {
  /** One of SADB. */
  readonly type: number;
  /** Positive, as in errno.h; 0 where nothing went wrong. */
  readonly errno: number;
  /** One of SADB_SATYPE. */
  readonly saType: number;
  /** Zero, but for policies: how many in the kernel hold on to one. */
  readonly reserved: number;
  readonly sequenceNumber: number;
  /** Of the process that asked; 0 where none did. */
  readonly pid: number;
  readonly extensions: readonly SadbExtension[];
}

/** In octets. */
export function sadbMessageLength({ extensions }: SadbMessage): number {
  return extensions.reduce((sum, one) => sum + sadbExtensionLength(one), HEADER_LENGTH);
}

/** Reads one whole message. Keys in it are views into `octets`. */
export function parseSadbMessage(octets: Uint8Array): Parsed<SadbMessage> {
  if (octets.length < HEADER_LENGTH) return Malformed.truncated(WHAT, HEADER_LENGTH, octets.length);
  const version = u8(octets, VERSION);
  if (version !== PF_KEY_V2) return new Malformed(WHAT, `version ${version}`);
  const length = hostU16(octets, LENGTH) * SADB_UNIT;
  if (length !== octets.length) {
    return new Malformed(WHAT, `says ${length} octets and has ${octets.length}`);
  }
  const extensions = parseSadbExtensions(octets.subarray(HEADER_LENGTH));
  if (extensions instanceof Malformed) return extensions;
  return {
    type: u8(octets, TYPE),
    errno: u8(octets, ERRNO),
    saType: u8(octets, SA_TYPE),
    reserved: hostU16(octets, RESERVED),
    sequenceNumber: hostU32(octets, SEQUENCE),
    pid: hostU32(octets, PROCESS),
    extensions,
  };
}

/** Writes `message`. Where it has keys, the caller overwrites the octets when they are done with. */
export function emitSadbMessage(message: SadbMessage): Uint8Array {
  const octets = new Uint8Array(sadbMessageLength(message));
  setU8(octets, VERSION, PF_KEY_V2);
  setU8(octets, TYPE, message.type);
  setU8(octets, ERRNO, message.errno);
  setU8(octets, SA_TYPE, message.saType);
  setHostU16(octets, LENGTH, octets.length / SADB_UNIT);
  setHostU16(octets, RESERVED, message.reserved);
  setHostU32(octets, SEQUENCE, message.sequenceNumber);
  setHostU32(octets, PROCESS, message.pid);
  let at = HEADER_LENGTH;
  for (const extension of message.extensions) {
    const end = at + sadbExtensionLength(extension);
    emitSadbExtension(extension, octets.subarray(at, end));
    at = end;
  }
  return octets;
}

const WHAT = 'sadb message';
