/**
 * Security Association payloads (RFC 2408 §3.4, with the situation of RFC 2407 §4.6.1).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                  Domain of Interpretation (DOI)               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                           Situation                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                      Proposal payloads                        ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { setU32, u32 } from '../../octets/octets.ts';
import { DOI, SITUATION } from './ipsec-doi.ts';
import { MOST_PROPOSALS } from './limits.ts';
import { emitPayloadChain, parsePayloadChain } from './payload-chain.ts';
import { IKEV1_PAYLOAD } from './payload-type.ts';
import { emitProposal, type Proposal, parseProposal } from './proposal.ts';

const DOI_AT = 0;
const SITUATION_AT = 4;
const PROPOSALS = 8;

/** Of the IPsec DOI, in the situation that has no labels: what all of IKE is about. */
export interface SecurityAssociation {
  readonly kind: 'security-association';
  /** In the order of preference; at most 255. */
  readonly proposals: readonly Proposal[];
}

/** Of another DOI or with labels of secrecy, which nobody here can read. */
export interface ForeignSecurityAssociation {
  readonly kind: 'foreign-security-association';
  readonly doi: number;
  /** What follows the DOI: a view. */
  readonly rest: Uint8Array;
}

/** Reads the body of an SA payload; octet strings are views. */
export function parseSecurityAssociation(
  body: Uint8Array,
): Parsed<SecurityAssociation | ForeignSecurityAssociation> {
  if (body.length < PROPOSALS) return Malformed.truncated(WHAT, PROPOSALS, body.length);
  const doi = u32(body, DOI_AT);
  if (doi !== DOI.IPSEC || u32(body, SITUATION_AT) !== SITUATION.IDENTITY_ONLY) {
    return { kind: 'foreign-security-association', doi, rest: body.subarray(SITUATION_AT) };
  }
  const chain = parsePayloadChain(IKEV1_PAYLOAD.P, body.subarray(PROPOSALS), MOST_PROPOSALS);
  if (chain instanceof Malformed) return chain;
  if (chain.rest.length > 0) return new Malformed(WHAT, `${chain.rest.length} octets left over`);
  const proposals: Proposal[] = [];
  for (const { type, body } of chain.payloads) {
    if (type !== IKEV1_PAYLOAD.P) return new Malformed(WHAT, `payload ${type} is within`);
    const proposal = parseProposal(body);
    if (proposal instanceof Malformed) return proposal;
    proposals.push(proposal);
  }
  return { kind: 'security-association', proposals };
}

/** The body of the SA payload: `SAi_b` of RFC 2409 §3.2. */
export function emitSecurityAssociation({ proposals }: SecurityAssociation): Uint8Array {
  const chain = emitPayloadChain(
    proposals.map((proposal) => ({ type: IKEV1_PAYLOAD.P, body: emitProposal(proposal) })),
  );
  const body = new Uint8Array(PROPOSALS + chain.length);
  setU32(body, DOI_AT, DOI.IPSEC);
  setU32(body, SITUATION_AT, SITUATION.IDENTITY_ONLY);
  body.set(chain, PROPOSALS);
  return body;
}

const WHAT = 'SA payload';
