/**
 * Payloads of IKEv1 for tests: any that can be, and any written back.
 *
 * @module
 */
import fc, { type Arbitrary } from 'fast-check';
import { Malformed } from '../../src/octets/malformed.ts';
import { setU32 } from '../../src/octets/octets.ts';
import { emitCertificate } from '../../src/wire/ikev1/certificate.ts';
import type { DataAttribute } from '../../src/wire/ikev1/data-attribute.ts';
import { emitDeletion } from '../../src/wire/ikev1/deletion.ts';
import { emitFragment } from '../../src/wire/ikev1/fragment.ts';
import { emitHashPayload } from '../../src/wire/ikev1/hash.ts';
import { emitIdentification } from '../../src/wire/ikev1/identification.ts';
import { emitKeyExchange } from '../../src/wire/ikev1/key-exchange.ts';
import { emitModeConfiguration } from '../../src/wire/ikev1/mode-configuration.ts';
import { emitNatDetection } from '../../src/wire/ikev1/nat-detection.ts';
import { emitNatOriginalAddress } from '../../src/wire/ikev1/nat-original-address.ts';
import { emitNonce } from '../../src/wire/ikev1/nonce.ts';
import { emitNotification } from '../../src/wire/ikev1/notification.ts';
import type { Payload } from '../../src/wire/ikev1/payload.ts';
import { IKEV1_PAYLOAD } from '../../src/wire/ikev1/payload-type.ts';
import type { Proposal } from '../../src/wire/ikev1/proposal.ts';
import { emitSecurityAssociation } from '../../src/wire/ikev1/security-association.ts';
import { emitSignature } from '../../src/wire/ikev1/signature.ts';
import type { Transform } from '../../src/wire/ikev1/transform.ts';
import { emitVendorId } from '../../src/wire/ikev1/vendor-id.ts';

/** `parsed`, which must not be {@link Malformed}. */
export function wellFormed<T>(parsed: T | Malformed): T {
  if (parsed instanceof Malformed) throw new TypeError(`Cannot read it: ${parsed}`);
  return parsed;
}

/** The body of `payload`. */
export function bodyOf(payload: Payload): Uint8Array {
  switch (payload.kind) {
    case 'security-association':
      return emitSecurityAssociation(payload);
    case 'foreign-security-association': {
      const body = new Uint8Array(4 + payload.rest.length);
      setU32(body, 0, payload.doi);
      body.set(payload.rest, 4);
      return body;
    }
    case 'key-exchange':
      return emitKeyExchange(payload);
    case 'identification':
      return emitIdentification(payload);
    case 'certificate':
    case 'certificate-request':
      return emitCertificate(payload);
    case 'hash':
      return emitHashPayload(payload);
    case 'signature':
      return emitSignature(payload);
    case 'nonce':
      return emitNonce(payload);
    case 'notification':
      return emitNotification(payload);
    case 'deletion':
      return emitDeletion(payload);
    case 'vendor-id':
      return emitVendorId(payload);
    case 'mode-configuration':
      return emitModeConfiguration(payload);
    case 'nat-detection':
      return emitNatDetection(payload);
    case 'nat-original-address':
      return emitNatOriginalAddress(payload);
    case 'fragment':
      return emitFragment(payload);
    case 'unknown':
      return payload.body;
  }
}

const octet = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const octets = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
const some = octets(1, 40);

const attribute: Arbitrary<DataAttribute> = fc.record({
  type: fc.integer({ min: 0, max: 0x7fff }),
  value: fc.oneof(u16, octets(0, 12)),
});
const attributes = fc.array(attribute, { maxLength: 8 });
const transform: Arbitrary<Transform> = fc.record({ number: octet, id: octet, attributes });
const proposal: Arbitrary<Proposal> = fc.record({
  number: octet,
  protocolId: octet,
  spi: octets(0, 16),
  transforms: fc.array(transform, { maxLength: 5 }),
});
const spis = fc
  .tuple(fc.integer({ min: 1, max: 16 }), fc.nat(4))
  .chain(([size, count]) => fc.array(octets(size, size), { minLength: count, maxLength: count }));
const address = fc.oneof(
  fc.record({ version: fc.constant(4 as const), octets: octets(4, 4) }),
  fc.record({ version: fc.constant(6 as const), octets: octets(16, 16) }),
);

/** Any payload, with its type. */
export const arbitraryPayload: Arbitrary<{ readonly type: number; readonly payload: Payload }> =
  fc.oneof(
    of(IKEV1_PAYLOAD.SA, 'security-association', {
      proposals: fc.array(proposal, { minLength: 1, maxLength: 4 }),
    }),
    of(IKEV1_PAYLOAD.KE, 'key-exchange', { data: some }),
    of(IKEV1_PAYLOAD.ID, 'identification', {
      type: fc.integer({ min: 9, max: 0xff }),
      protocol: octet,
      port: u16,
      data: octets(0, 40),
    }),
    of(IKEV1_PAYLOAD.ID, 'identification', {
      type: fc.constant(4),
      protocol: octet,
      port: u16,
      data: octets(8, 8),
    }),
    of(IKEV1_PAYLOAD.CERT, 'certificate', { encoding: octet, data: some }),
    of(IKEV1_PAYLOAD.CR, 'certificate-request', { encoding: octet, data: octets(0, 40) }),
    of(IKEV1_PAYLOAD.HASH, 'hash', { data: some }),
    of(IKEV1_PAYLOAD.SIG, 'signature', { data: some }),
    of(IKEV1_PAYLOAD.NONCE, 'nonce', { data: octets(8, 256) }),
    of(IKEV1_PAYLOAD.N, 'notification', {
      doi: u32,
      protocolId: octet,
      spi: octets(0, 16),
      type: u16,
      data: octets(0, 40),
    }),
    of(IKEV1_PAYLOAD.D, 'deletion', { doi: u32, protocolId: octet, spis }),
    of(IKEV1_PAYLOAD.VID, 'vendor-id', { data: some }),
    of(IKEV1_PAYLOAD.ATTRIBUTES, 'mode-configuration', {
      type: octet,
      identifier: u16,
      attributes,
    }),
    of(IKEV1_PAYLOAD.NAT_D, 'nat-detection', { data: some }),
    of(IKEV1_PAYLOAD.NAT_OA, 'nat-original-address', { address }),
    of(IKEV1_PAYLOAD.FRAGMENT, 'fragment', {
      id: u16,
      number: fc.integer({ min: 1, max: 0xff }),
      last: fc.boolean(),
      data: some,
    }),
    of(200, 'unknown', { type: fc.constant(200), body: octets(0, 40) }),
  );

function of(
  type: number,
  kind: Payload['kind'],
  fields: Readonly<Record<string, Arbitrary<unknown>>>,
): Arbitrary<{ readonly type: number; readonly payload: Payload }> {
  return fc
    .record({ kind: fc.constant(kind), ...fields })
    .map((payload) => ({ type, payload: payload as unknown as Payload }));
}
