/**
 * Why somebody could not be authenticated, on our side or on the peer's, as values and in words.
 *
 * @module
 */

/** What is wrong. Files are as the configuration has them; instants `2026-11-21 16:29:16 UTC`. */
export type CredentialProblem =
  // Ours
  /** The configuration names no certificate of ours, nor a bare key. */
  | { readonly kind: 'nothing-to-sign-with' }
  /** It cannot be read, others could read or change it, or it does not hold what it should; a clause. */
  | { readonly kind: 'unusable-file'; readonly file: string; readonly reason: string }
  /** The private key is not the one of the certificate. */
  | { readonly kind: 'keys-differ'; readonly certificate: string; readonly key: string }
  /** Nobody of these shares a key with us: identities as text, in the order that they were looked for. */
  | { readonly kind: 'no-shared-key'; readonly identities: readonly string[] }
  /** A distinguished name of the configuration that cannot be put into DER; a clause. */
  | { readonly kind: 'unusable-name'; readonly name: string; readonly reason: string }
  /** Of several bare keys none is for the addresses at hand. */
  | { readonly kind: 'no-key-for-path'; readonly file: string }
  // The peer's
  /** It sent none, and the configuration names none. */
  | { readonly kind: 'no-certificate' }
  /** The octets are no certificate, or not what it is called; a clause. */
  | { readonly kind: 'malformed-certificate'; readonly reason: string }
  | { readonly kind: 'unsupported-key'; readonly subject: string; readonly algorithm: string }
  | { readonly kind: 'expired'; readonly subject: string; readonly notAfter: string }
  | { readonly kind: 'not-yet-valid'; readonly subject: string; readonly notBefore: string }
  /**
   * Nobody whom we trust issued it. `subject` is the certificate whose issuer was looked for; `searched`
   * are the files that there could have been, or the one that is trusted.
   */
  | {
      readonly kind: 'unknown-authority';
      readonly subject: string;
      readonly issuer: string;
      readonly searched: readonly string[];
    }
  | { readonly kind: 'revoked'; readonly subject: string; readonly issuer: string }
  /** Anything else that OpenSSL has against the chain; in its words. */
  | { readonly kind: 'untrusted'; readonly subject: string; readonly reason: string }
  /** The certificate is for others: `names` are its subject and what its subjectAltName has. */
  | {
      readonly kind: 'name-not-in-certificate';
      readonly name: string;
      readonly subject: string;
      readonly names: readonly string[];
    }
  /** `subject` is `null` for a bare key. */
  | { readonly kind: 'signature-does-not-verify'; readonly subject: string | null };

/** Returned in place of what was asked for. */
export class CredentialFault {
  readonly problem: CredentialProblem;

  constructor(problem: CredentialProblem) {
    this.problem = problem;
  }

  /** The problem as a clause. */
  toString(): string {
    return describe(this.problem);
  }
}

function describe(problem: CredentialProblem): string {
  switch (problem.kind) {
    case 'nothing-to-sign-with':
      return 'the configuration names no certificate of ours';
    case 'unusable-file':
      return `${problem.file} cannot be used: ${problem.reason}`;
    case 'keys-differ':
      return `the key in ${problem.key} is not the one of the certificate in ${problem.certificate}`;
    case 'no-shared-key':
      return `no key is shared with ${problem.identities.join(' or ')}: no line of psk.txt begins with it`;
    case 'unusable-name':
      return `the name ${problem.name} cannot be told: ${problem.reason}`;
    case 'no-key-for-path':
      return `no key in ${problem.file} is for these addresses`;
    case 'no-certificate':
      return 'the peer sent no certificate, and the configuration names none';
    case 'malformed-certificate':
      return `what the peer sent is no certificate: ${problem.reason}`;
    case 'unsupported-key':
      return `the key of ${problem.subject} is for ${problem.algorithm}, and not for RSA`;
    case 'expired':
      return `the certificate of ${problem.subject} expired at ${problem.notAfter}`;
    case 'not-yet-valid':
      return `the certificate of ${problem.subject} is not valid before ${problem.notBefore}`;
    case 'unknown-authority':
      return `the certificate of ${problem.subject} is issued by ${problem.issuer}, whose own is not in ${problem.searched.join(' or ')}`;
    case 'revoked':
      return `the certificate of ${problem.subject} was revoked by ${problem.issuer}`;
    case 'untrusted':
      return `the certificate of ${problem.subject} is not trusted: ${problem.reason}`;
    case 'name-not-in-certificate':
      return `the peer calls itself ${problem.name}, and its certificate is for ${[problem.subject, ...problem.names].join(', ')}`;
    case 'signature-does-not-verify':
      return `the signature was not made with the key of ${problem.subject ?? 'the peer'}`;
  }
}
