/**
 * Any payload of ISAKMP, by its type; each has a file of its own.
 *
 * @module
 */
import type { Parsed } from '../../octets/malformed.ts';
import {
  type Certificate,
  type CertificateRequest,
  parseCertificate,
  parseCertificateRequest,
} from './certificate.ts';
import { type Deletion, parseDeletion } from './deletion.ts';
import { type Fragment, parseFragment } from './fragment.ts';
import { type HashPayload, parseHashPayload } from './hash.ts';
import { type Identification, parseIdentification } from './identification.ts';
import { type KeyExchange, parseKeyExchange } from './key-exchange.ts';
import { type ModeConfiguration, parseModeConfiguration } from './mode-configuration.ts';
import { type NatDetection, parseNatDetection } from './nat-detection.ts';
import { type NatOriginalAddress, parseNatOriginalAddress } from './nat-original-address.ts';
import { type Nonce, parseNonce } from './nonce.ts';
import { type Notification, parseNotification } from './notification.ts';
import type { PayloadBody } from './payload-chain.ts';
import { IKEV1_PAYLOAD } from './payload-type.ts';
import {
  type ForeignSecurityAssociation,
  parseSecurityAssociation,
  type SecurityAssociation,
} from './security-association.ts';
import { parseSignature, type Signature } from './signature.ts';
import { parseVendorId, type VendorId } from './vendor-id.ts';

/** A payload of a type that nobody here knows. */
export interface UnknownPayload {
  readonly kind: 'unknown';
  readonly type: number;
  readonly body: Uint8Array;
}

export type Payload =
  | SecurityAssociation
  | ForeignSecurityAssociation
  | KeyExchange
  | Identification
  | Certificate
  | CertificateRequest
  | HashPayload
  | Signature
  | Nonce
  | Notification
  | Deletion
  | VendorId
  | ModeConfiguration
  | NatDetection
  | NatOriginalAddress
  | Fragment
  | UnknownPayload;

/** Reads the body of a payload of any type. Proposals and transforms alone are unknown. */
export function parsePayload({ type, body }: PayloadBody): Parsed<Payload> {
  return PARSERS.get(type)?.(body) ?? { kind: 'unknown', type, body };
}

type Parser = (body: Uint8Array) => Parsed<Payload>;

const PARSERS: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [IKEV1_PAYLOAD.SA, parseSecurityAssociation],
  [IKEV1_PAYLOAD.KE, parseKeyExchange],
  [IKEV1_PAYLOAD.ID, parseIdentification],
  [IKEV1_PAYLOAD.CERT, parseCertificate],
  [IKEV1_PAYLOAD.CR, parseCertificateRequest],
  [IKEV1_PAYLOAD.HASH, parseHashPayload],
  [IKEV1_PAYLOAD.SIG, parseSignature],
  [IKEV1_PAYLOAD.NONCE, parseNonce],
  [IKEV1_PAYLOAD.N, parseNotification],
  [IKEV1_PAYLOAD.D, parseDeletion],
  [IKEV1_PAYLOAD.VID, parseVendorId],
  [IKEV1_PAYLOAD.ATTRIBUTES, parseModeConfiguration],
  [IKEV1_PAYLOAD.NAT_D, parseNatDetection],
  [IKEV1_PAYLOAD.NAT_D_DRAFT, parseNatDetection],
  [IKEV1_PAYLOAD.NAT_OA, parseNatOriginalAddress],
  [IKEV1_PAYLOAD.NAT_OA_DRAFT, parseNatOriginalAddress],
  [IKEV1_PAYLOAD.FRAGMENT, parseFragment],
]);
