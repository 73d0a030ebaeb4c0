/**
 * NAT detection as the modes of phase 1 have it: payloads to be sent, and what the peer's say.
 *
 * @module
 */
import type { PayloadBody } from '../../../wire/ikev1/payload-chain.ts';
import { type NatSituation, NO_NAT, natDetectionPayloads, natSituation } from '../nat-traversal.ts';
import type { Payloads } from '../payloads.ts';
import type { Agreement, Phase1Context } from './negotiation.ts';

/** NAT-D payloads, where both ends can do it. */
export function natDetectionFor(
  { cookies, path }: Phase1Context,
  { peer, transform, capabilities }: Agreement,
): readonly PayloadBody[] {
  const version = capabilities.natTraversal;
  if (version === null) return [];
  const pretend = peer.natTraversal === 'force';
  return natDetectionPayloads(transform.hash, cookies, path, version, pretend);
}

/** What the NAT-D payloads in `payloads` say. */
export function natFound(
  { cookies, path }: Phase1Context,
  { peer, transform, capabilities }: Agreement,
  payloads: Payloads,
): NatSituation {
  if (capabilities.natTraversal === null) return NO_NAT;
  const found = natSituation(transform.hash, cookies, path, payloads.every('nat-detection'));
  return peer.natTraversal === 'force' ? { ...found, local: true } : found;
}
