/**
 * `struct sadb_prop` (RFC 2367 §2.3.7): which SAs would do, in an ACQUIRE. The replay window is the
 * octet at 4, three octets of nothing follow, then for each combination of algorithms:
 *
 *   0  integrity               octet; 0 for none
 *   1  encryption              octet; 0 for none
 *   2  flags                   16 bits
 *   4  integrity key bits      least, most: 16 bits each
 *   8  encryption key bits     least, most: 16 bits each; four octets of nothing follow
 *  16  allocations             soft, hard: 32 bits each
 *  24  octets                  soft, hard: 64 bits each
 *  40  seconds since added     soft, hard: 64 bits each
 *  56  seconds since used      soft, hard: 64 bits each
 *
 * Integers are in host order.
 *
 * @module
 */
import { hostU16, hostU32, hostU64, setHostU16, setHostU32, setHostU64 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { setU8, u8 } from '../octets/octets.ts';

const REPLAY = 4;
const COMBINATIONS = 8;
const COMBINATION_LENGTH = 72;

const INTEGRITY = 0;
const ENCRYPTION = 1;
const FLAGS = 2;
const INTEGRITY_BITS = 4;
const ENCRYPTION_BITS = 8;
const ALLOCATIONS = 16;
const OCTETS = 24;
const ADD_SECONDS = 40;
const USE_SECONDS = 56;

/** The two ends of something. */
export interface KeyBits {
  readonly least: number;
  readonly most: number;
}

/** Limits of one sort; 0 for none. */
export interface SoftAndHard {
  readonly soft: number;
  readonly hard: number;
}

export interface SadbCombination {
  readonly integrity: number;
  readonly encryption: number;
  readonly flags: number;
  readonly integrityBits: KeyBits;
  readonly encryptionBits: KeyBits;
  readonly allocations: SoftAndHard;
  readonly octets: SoftAndHard;
  /** In seconds. */
  readonly addTime: SoftAndHard;
  /** In seconds. */
  readonly useTime: SoftAndHard;
}

export interface SadbProposal {
  readonly kind: 'PROPOSAL';
  readonly replayWindow: number;
  readonly combinations: readonly SadbCombination[];
}

/** In octets. */
export function sadbProposalLength({ combinations }: SadbProposal): number {
  return COMBINATIONS + combinations.length * COMBINATION_LENGTH;
}

export function parseSadbProposal(octets: Uint8Array): Parsed<SadbProposal> {
  const count = (octets.length - COMBINATIONS) / COMBINATION_LENGTH;
  if (!Number.isInteger(count)) {
    const why = `${octets.length - COMBINATIONS} octets are not so many times ${COMBINATION_LENGTH}`;
    return new Malformed('sadb proposal', why);
  }
  return {
    kind: 'PROPOSAL',
    replayWindow: u8(octets, REPLAY),
    combinations: Array.from({ length: count }, (_, place) =>
      parseCombination(octets.subarray(COMBINATIONS + place * COMBINATION_LENGTH)),
    ),
  };
}

/** Writes to `octets`, which are zero, all but the extension header. */
export function emitSadbProposal(proposal: SadbProposal, octets: Uint8Array): void {
  setU8(octets, REPLAY, proposal.replayWindow);
  for (const [place, combination] of proposal.combinations.entries()) {
    emitCombination(combination, octets.subarray(COMBINATIONS + place * COMBINATION_LENGTH));
  }
}

function parseCombination(octets: Uint8Array): SadbCombination {
  return {
    integrity: u8(octets, INTEGRITY),
    encryption: u8(octets, ENCRYPTION),
    flags: hostU16(octets, FLAGS),
    integrityBits: parseBits(octets, INTEGRITY_BITS),
    encryptionBits: parseBits(octets, ENCRYPTION_BITS),
    allocations: { soft: hostU32(octets, ALLOCATIONS), hard: hostU32(octets, ALLOCATIONS + 4) },
    octets: parseLimits(octets, OCTETS),
    addTime: parseLimits(octets, ADD_SECONDS),
    useTime: parseLimits(octets, USE_SECONDS),
  };
}

function emitCombination(combination: SadbCombination, octets: Uint8Array): void {
  setU8(octets, INTEGRITY, combination.integrity);
  setU8(octets, ENCRYPTION, combination.encryption);
  setHostU16(octets, FLAGS, combination.flags);
  emitBits(combination.integrityBits, octets, INTEGRITY_BITS);
  emitBits(combination.encryptionBits, octets, ENCRYPTION_BITS);
  setHostU32(octets, ALLOCATIONS, combination.allocations.soft);
  setHostU32(octets, ALLOCATIONS + 4, combination.allocations.hard);
  emitLimits(combination.octets, octets, OCTETS);
  emitLimits(combination.addTime, octets, ADD_SECONDS);
  emitLimits(combination.useTime, octets, USE_SECONDS);
}

function parseBits(octets: Uint8Array, at: number): KeyBits {
  return { least: hostU16(octets, at), most: hostU16(octets, at + 2) };
}

function emitBits({ least, most }: KeyBits, octets: Uint8Array, at: number): void {
  setHostU16(octets, at, least);
  setHostU16(octets, at + 2, most);
}

function parseLimits(octets: Uint8Array, at: number): SoftAndHard {
  return { soft: hostU64(octets, at), hard: hostU64(octets, at + 8) };
}

function emitLimits({ soft, hard }: SoftAndHard, octets: Uint8Array, at: number): void {
  setHostU64(octets, at, soft);
  setHostU64(octets, at + 8, hard);
}
