/**
 * The port to what proves identities in phase 1: pre-shared keys, private keys, certificates. Who
 * implements it has files and OpenSSL; IKE has neither.
 *
 * Nothing here waits. What cannot be given is a {@link CredentialFault} that says why.
 *
 * @module
 */
import type { Certificate } from '../wire/ikev1/certificate.ts';
import type { Identification } from '../wire/ikev1/identification.ts';
import type { CredentialFault } from './credential-fault.ts';
import type { DistinguishedName } from './identity.ts';
import type { Path } from './path.ts';
import type { Peer } from './peer.ts';
import type { PreSharedKey } from './pre-shared-keys.ts';

export interface Credentials {
  /** The key of the first of `identities` (addresses and names, as text) that has one. */
  preSharedKey(identities: readonly string[]): PreSharedKey | CredentialFault;

  /** The CERT payloads for `peer`, our own certificate first; none where we have a bare key. */
  ownCertificates(peer: Peer): readonly Certificate[] | CredentialFault;

  /**
   * Names in DER of the authorities whose certificates we take of `peer`, for CR payloads. None is any:
   * an empty request.
   */
  authorities(peer: Peer): readonly Uint8Array[] | CredentialFault;

  /** Whether our certificate for `peer` is from the authority that is called `name` in DER. */
  isIssuedBy(peer: Peer, name: Uint8Array): boolean;

  /**
   * The distinguished name in DER that we tell `peer`: of `Peer.ownIdentity` where that has one, else the
   * subject of our certificate.
   */
  ownName(peer: Peer): Uint8Array | CredentialFault;

  /** What is in the file of an identity of the kind `key-id-file`. */
  keyId(path: string): Uint8Array | CredentialFault;

  /**
   * The body of the SIG payload for `peer`: `hash`, which is HASH_I or HASH_R, under our private key as
   * PKCS #1 v1.5 has it, and not named by an algorithm identifier (RFC 2409 §5.1). Of several bare keys
   * it is the one for `path`.
   */
  sign(peer: Peer, hash: Uint8Array, path: Path): Uint8Array | CredentialFault;

  /** Whether the peer is who it claims to be, as far as `peer` of the configuration wants to know. */
  verify(peer: Peer, claim: SignedClaim): VerifiedPeer | CredentialFault;

  /**
   * Whether `name`, in DER, is what `wanted` asks for: the same attributes in the same order, and `null`
   * stands for any value. What is no name is never what was asked for.
   */
  nameMatches(wanted: DistinguishedName, name: Uint8Array): boolean;

  /** `name`, in DER, as text: `C=DE, O=Gazette, CN=alice`. What is no name becomes hexadecimal digits. */
  nameText(name: Uint8Array): string;
}

/** What a peer says about itself, and how it proves it. */
export interface SignedClaim {
  readonly identity: Identification;
  /** Of all CERT payloads, in the order of the message; of any encoding. */
  readonly certificates: readonly Certificate[];
  /** HASH_I or HASH_R, as we computed it. */
  readonly hash: Uint8Array;
  /** The body of the SIG payload. */
  readonly signature: Uint8Array;
  /** Which of the bare keys that the configuration has count. */
  readonly path: Path;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface VerifiedPeer {
  /** The subject of the certificate as text; `null` for a bare key. */
  readonly subject: string | null;
  /** In DER; `null` for a bare key. */
  readonly certificate: Uint8Array | null;
  /** What was not as it should be, and was let pass: clauses. */
  readonly warnings: readonly string[];
}
