/**
 * What Linux's PF_KEY tells that is about no one SA or policy of the tables: that they were emptied,
 * which algorithms there are, that an SA is wanted.
 *
 * @module
 */
import type { PolicyRecord } from '../../../ipsec/backend.ts';
import type { IpsecProtocol } from '../../../ipsec/policy.ts';
import type { IpAddress } from '../../../net/ip-address.ts';
import { IPSEC_DIR, IPSEC_POLICY, SADB, SADB_SATYPE } from '../../../pfkey/constants.ts';
import type { SadbMessage } from '../../../pfkey/message.ts';
import type { SadbCombination, SadbProposal } from '../../../pfkey/proposal.ts';
import type { SadbAlgorithm, SadbSupported } from '../../../pfkey/supported.ts';
import {
  NUMBERED_CIPHERS,
  NUMBERED_INTEGRITY,
  type NumberedAlgorithm,
} from './algorithm-numbers.ts';
import { type Origin, UNASKED } from './origin.ts';
import { hostAddress, SA_TYPES } from './sa-message.ts';

/** Whether the kernel has the algorithm that its crypto API calls `linux`. */
export type Availability = (linux: string) => boolean;

/** An SA that a packet waits for. */
export interface WantedSa {
  readonly protocol: IpsecProtocol;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The policy that asks for it. */
  readonly policy: Pick<PolicyRecord, 'index'> & { readonly priority: number };
  /** By which an answer names the question. */
  readonly sequenceNumber: number;
}

const HOUR = 3600;

/** Lifetimes that Linux proposes for whatever is negotiated. */
const PROPOSED_LIMITS = {
  flags: 0,
  allocations: { soft: 0, hard: 0 },
  octets: { soft: 0, hard: 0 },
  addTime: { soft: 20 * HOUR, hard: 24 * HOUR },
  useTime: { soft: 7 * HOUR, hard: 8 * HOUR },
} as const;

const PROPOSED_REPLAY_WINDOW = 32;

/** A template names algorithms by the bits of 32: those of larger numbers are never proposed. */
const PROPOSABLE = 32;

const NO_ALGORITHM: SadbAlgorithm = { number: 0, ivLength: 0, leastBits: 0, mostBits: 0 };

/** What is told when all SAs of `protocol`, or all there were, are gone. */
export function flushMessage(protocol: IpsecProtocol | null, origin: Origin): SadbMessage {
  const saType = protocol === null ? SADB_SATYPE.UNSPEC : SA_TYPES[protocol];
  return { type: SADB.FLUSH, errno: 0, saType, reserved: 0, ...origin, extensions: [] };
}

/** What is told when all policies are gone. */
export function policyFlushMessage(origin: Origin): SadbMessage {
  return { ...flushMessage(null, origin), type: SADB.X_SPDFLUSH };
}

/** What is asked before the kernel tells all SAs. */
export function dumpRequest(origin: Origin): SadbMessage {
  return { ...flushMessage(null, origin), type: SADB.DUMP };
}

/** What is asked before the kernel tells all policies. */
export function policyDumpRequest(origin: Origin): SadbMessage {
  return { ...flushMessage(null, origin), type: SADB.X_SPDDUMP };
}

/** What a REGISTER for SAs of `protocol`, or of all, is answered with. */
export function registerMessage(
  protocol: IpsecProtocol | null,
  available: Availability,
  origin: Origin,
): SadbMessage {
  return {
    ...flushMessage(protocol, origin),
    type: SADB.REGISTER,
    extensions: [
      supported('SUPPORTED_AUTH', NUMBERED_INTEGRITY, available),
      supported('SUPPORTED_ENCRYPT', NUMBERED_CIPHERS, available),
    ].filter(({ algorithms }) => algorithms.length > 0),
  };
}

/** What is told when a packet meets a policy that has no SA yet. */
export function acquireMessage(wanted: WantedSa, available: Availability): SadbMessage {
  const { protocol, source, destination, policy, sequenceNumber } = wanted;
  return {
    ...flushMessage(protocol, { ...UNASKED, sequenceNumber }),
    type: SADB.ACQUIRE,
    extensions: [
      hostAddress('ADDRESS_SRC', source),
      hostAddress('ADDRESS_DST', destination),
      {
        kind: 'X_POLICY',
        type: IPSEC_POLICY.IPSEC,
        direction: IPSEC_DIR.OUTBOUND,
        index: policy.index,
        priority: policy.priority,
        requests: [],
      },
      proposal(protocol, available),
    ],
  };
}

function supported(
  kind: SadbSupported['kind'],
  algorithms: readonly NumberedAlgorithm[],
  available: Availability,
): SadbSupported {
  return { kind, algorithms: entries(algorithms, available) };
}

/** Every pair for ESP, every integrity algorithm for AH. */
function proposal(protocol: IpsecProtocol, available: Availability): SadbProposal {
  const hashes = proposable(NUMBERED_INTEGRITY, available);
  const ciphers = protocol === 'esp' ? proposable(NUMBERED_CIPHERS, available) : [NO_ALGORITHM];
  return {
    kind: 'PROPOSAL',
    replayWindow: PROPOSED_REPLAY_WINDOW,
    combinations: ciphers.flatMap((cipher) => hashes.map((hash) => combination(cipher, hash))),
  };
}

function proposable(
  algorithms: readonly NumberedAlgorithm[],
  available: Availability,
): readonly SadbAlgorithm[] {
  return entries(algorithms, available).filter(({ number }) => number < PROPOSABLE);
}

function entries(
  algorithms: readonly NumberedAlgorithm[],
  available: Availability,
): readonly SadbAlgorithm[] {
  return algorithms.filter(({ linux }) => available(linux)).map(({ entry }) => entry);
}

function combination(cipher: SadbAlgorithm, hash: SadbAlgorithm): SadbCombination {
  return {
    integrity: hash.number,
    encryption: cipher.number,
    integrityBits: { least: hash.leastBits, most: hash.mostBits },
    encryptionBits: { least: cipher.leastBits, most: cipher.mostBits },
    ...PROPOSED_LIMITS,
  };
}
