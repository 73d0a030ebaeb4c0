/**
 * Messages under an established phase 1: a HASH payload comes first and authenticates all others
 * (RFC 2409 §5.5, §5.7).
 *
 * @module
 */
import { concatenate } from '../../octets/octets.ts';
import { emitPayloadChain, type PayloadBody } from '../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../wire/ikev1/payload-type.ts';
import { hashVerifies } from './hash.ts';
import type { Payloads } from './payloads.ts';

/** `payloads` behind the HASH payload that `hashOf` makes of them. */
export function authenticatedPayloads(
  payloads: readonly PayloadBody[],
  hashOf: (rest: Uint8Array) => Uint8Array,
): readonly PayloadBody[] {
  const body = hashOf(emitPayloadChain(payloads));
  return [{ type: IKEV1_PAYLOAD.HASH, body }, ...payloads];
}

/** Whether the first of `payloads` is the HASH payload that `hashOf` makes of the others. */
export function isAuthenticated(
  { all }: Payloads,
  hashOf: (rest: Uint8Array) => Uint8Array,
): boolean {
  const [first, ...others] = all;
  if (first?.payload.kind !== 'hash') return false;
  const rest = concatenate(others.map(({ raw }) => raw.octets));
  return hashVerifies(hashOf(rest), first.payload.data);
}
