/**
 * The SA payload of phase 1: what an initiator offers, which of it a responder chooses, and whether the
 * answer is one of what was offered (RFC 2409 §5, RFC 2408 §4.2).
 *
 *     initiator                            responder
 *     phase1Offer ──── SA, all of ours ───► chooseTransform
 *     acceptTransform ◄── SA, one of them ──┘
 *
 * @module
 */
import { toHex } from '../../../octets/hex.ts';
import {
  attributeNumber,
  type DataAttribute,
  numberAttribute,
} from '../../../wire/ikev1/data-attribute.ts';
import { LIFE_TYPE, PROTOCOL_ID, TRANSFORM_ID } from '../../../wire/ikev1/ipsec-doi.ts';
import { MOST_PROPOSALS } from '../../../wire/ikev1/limits.ts';
import { PHASE1_ATTRIBUTE } from '../../../wire/ikev1/phase1-attribute.ts';
import type { Proposal } from '../../../wire/ikev1/proposal.ts';
import type { SecurityAssociation } from '../../../wire/ikev1/security-association.ts';
import type { Phase1Transform, ProposalCheck } from '../../peer.ts';
import {
  authenticationNumber,
  encryptionNumber,
  hasKeyLengths,
  type Role,
} from './attribute-value.ts';
import { type Difference, firstDifference, offeredKeyBits } from './difference.ts';
import { type OfferedTransform, readOfferedTransform } from './offered-transform.ts';

/** What both sides have agreed on. */
export interface Phase1Agreement {
  readonly kind: 'agreed';
  /** Ours, with the lifetime and the length of key that the peer has asked for. */
  readonly transform: Phase1Transform;
  /** Which of ours it is. */
  readonly ours: Phase1Transform;
  /** What the responder sends back: the one transform, as it was offered. */
  readonly answer: SecurityAssociation;
}

/** Nothing that the peer offered, or answered, will do. */
export interface Phase1ProposalRefused {
  readonly kind: 'phase1-proposal';
  /** Ours. */
  readonly role: Role;
  /** What is wrong with the payload as a whole, as a clause; `null` when it is its transforms. */
  readonly fault: string | null;
  /** Each transform of the peer's beside each of ours, in the order of both; no more than people read. */
  readonly mismatches: readonly TransformMismatch[];
  /** How many more there are. */
  readonly omitted: number;
}

export interface TransformMismatch {
  readonly offered: OfferedTransform;
  readonly ours: Phase1Transform;
  readonly difference: Difference;
}

/**
 * The SA payload that offers `transforms`, in their order: one proposal (RFC 2409 §5), which can count no
 * more than 255 of them.
 */
export function phase1Offer(transforms: readonly Phase1Transform[]): SecurityAssociation {
  const proposal: Proposal = {
    number: 1,
    protocolId: PROTOCOL_ID.ISAKMP,
    // The cookies name the SA (RFC 2408 §3.5).
    spi: new Uint8Array(0),
    transforms: transforms.slice(0, MOST_PROPOSALS).map((transform, k) => ({
      number: k + 1,
      id: TRANSFORM_ID.ISAKMP.KEY_IKE,
      attributes: offeredAttributes(transform),
    })),
  };
  return { kind: 'security-association', proposals: [proposal] };
}

/**
 * What a responder that has `ours` takes of `offered`: the first of the peer's transforms that is one of
 * ours, as far as `check` wants it to be. Costs the product of both numbers.
 */
export function chooseTransform(
  offered: SecurityAssociation,
  ours: readonly Phase1Transform[],
  check: ProposalCheck,
): Phase1Agreement | Phase1ProposalRefused {
  const proposal = onlyProposal(offered);
  if (typeof proposal === 'string') return refused('responder', proposal);
  const mismatches: TransformMismatch[] = [];
  let count = 0;
  for (const transform of proposal.transforms) {
    const read = readOfferedTransform(transform);
    for (const each of ours) {
      const difference = firstDifference(read, each, check, 'responder');
      if (difference !== null) {
        if (count++ < MOST_MISMATCHES) mismatches.push({ offered: read, ours: each, difference });
        continue;
      }
      const { lifetimeSeconds } = read;
      return {
        kind: 'agreed',
        transform: { ...each, lifetimeSeconds, keyBits: offeredKeyBits(read, each) },
        ours: each,
        // Attributes go back unmodified (RFC 2408 §4.2).
        answer: { ...offered, proposals: [{ ...proposal, transforms: [transform] }] },
      };
    }
  }
  return refused('responder', null, mismatches, count);
}

/**
 * Which of `ours`, all of which we offered, the responder has chosen in `answer`. It must be there as we
 * sent it; the attributes may have another order, or the longer form (RFC 2408 §4.2).
 */
export function acceptTransform(
  answer: SecurityAssociation,
  ours: readonly Phase1Transform[],
): Phase1Agreement | Phase1ProposalRefused {
  const proposal = onlyProposal(answer);
  if (typeof proposal === 'string') return refused('initiator', proposal);
  const [chosen, ...others] = proposal.transforms;
  if (chosen === undefined || others.length > 0) {
    return refused('initiator', `it has ${proposal.transforms.length} transforms instead of one`);
  }
  const same = ours.find((each) => sameAttributes(chosen.attributes, offeredAttributes(each)));
  if (same !== undefined && chosen.id === TRANSFORM_ID.ISAKMP.KEY_IKE) {
    return { kind: 'agreed', transform: same, ours: same, answer };
  }
  const offered = readOfferedTransform(chosen);
  const mismatches = ours.map((each) => {
    const difference: Difference = firstDifference(offered, each, 'exact', 'initiator') ?? {
      what: 'attributes',
      offered: 'others than we sent',
      accepted: 'what we sent',
      at: each.at,
    };
    return { offered, ours: each, difference };
  });
  return refused('initiator', null, mismatches);
}

/** What several `remote`s refused of one offer, as one refusal; there is at least one. */
export function refusedByAll(
  refusals: readonly [Phase1ProposalRefused, ...Phase1ProposalRefused[]],
): Phase1ProposalRefused {
  const [{ role, fault }] = refusals;
  const mismatches = refusals.flatMap((each) => each.mismatches);
  const omitted = refusals.reduce((sum, each) => sum + each.omitted, 0);
  return refused(role, fault, mismatches, mismatches.length + omitted);
}

/** The attributes of `transform` in the order in which racoon has them. */
function offeredAttributes(transform: Phase1Transform): readonly DataAttribute[] {
  const { encryption, keyBits, hash, authentication, group, lifetimeSeconds } = transform;
  const number = encryptionNumber(encryption);
  if (number === undefined) throw new TypeError(`${encryption.name} is not for phase 1`);
  const method = authenticationNumber(authentication, 'initiator');
  return [
    numberAttribute(PHASE1_ATTRIBUTE.LIFE_TYPE, LIFE_TYPE.SECONDS),
    numberAttribute(PHASE1_ATTRIBUTE.LIFE_DURATION, lifetimeSeconds),
    numberAttribute(PHASE1_ATTRIBUTE.ENCRYPTION_ALGORITHM, number),
    // Ciphers of one key length must go without (RFC 2409 Appendix A).
    ...(hasKeyLengths(encryption) ? [numberAttribute(PHASE1_ATTRIBUTE.KEY_LENGTH, keyBits)] : []),
    numberAttribute(PHASE1_ATTRIBUTE.AUTHENTICATION_METHOD, method),
    numberAttribute(PHASE1_ATTRIBUTE.HASH_ALGORITHM, hash.ikev1),
    numberAttribute(PHASE1_ATTRIBUTE.GROUP_DESCRIPTION, group.number),
  ];
}

/** The proposal that is alone in `sa` and of ISAKMP, as it must be (RFC 2409 §5); or why there is none. */
function onlyProposal({ proposals }: SecurityAssociation): Proposal | string {
  const [proposal, ...others] = proposals;
  if (proposal === undefined || others.length > 0) {
    return `it has ${proposals.length} proposals instead of one`;
  }
  if (proposal.protocolId !== PROTOCOL_ID.ISAKMP) {
    return `its proposal is of protocol ${proposal.protocolId} instead of ISAKMP`;
  }
  return proposal.transforms.length === 0 ? 'its proposal has no transform' : proposal;
}

function sameAttributes(a: readonly DataAttribute[], b: readonly DataAttribute[]): boolean {
  const words = (attributes: readonly DataAttribute[]) =>
    attributes.map((each) => `${each.type}=${attributeNumber(each) ?? octetsText(each)}`).sort();
  return words(a).join() === words(b).join();
}

function octetsText({ value }: DataAttribute): string {
  return typeof value === 'number' ? `${value}` : `0x${toHex(value)}`;
}

function refused(
  role: Role,
  fault: string | null,
  mismatches: readonly TransformMismatch[] = [],
  count: number = mismatches.length,
): Phase1ProposalRefused {
  const some = mismatches.slice(0, MOST_MISMATCHES);
  return { kind: 'phase1-proposal', role, fault, mismatches: some, omitted: count - some.length };
}

/** A peer can have us compare thousands. */
const MOST_MISMATCHES = 64;
