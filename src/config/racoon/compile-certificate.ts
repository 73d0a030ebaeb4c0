/**
 * Whose certificate is whose: `certificate_type`, `peers_certfile`, `ca_type`.
 *
 * @module
 */
import type { OwnCertificate, PeerCertificate } from '../../ike/peer.ts';
import type { Arguments } from './arguments.ts';
import type { CompileContext } from './compile-context.ts';
import { refuseLeftOut } from './left-out.ts';
import type { PeerDraft } from './peer-draft.ts';

/** `certificate_type x509 "alice.crt" "alice.key";` or `certificate_type plain_rsa "alice.rsa";` */
export function readCertificateType(words: Arguments, peer: PeerDraft): void {
  peer.ownCertificate = readOwn(words);
  if (peer.ownCertificate.kind === 'x509') return;
  // A bare key is nothing to send, to ask for or to verify.
  peer.sendCertificate = false;
  peer.sendCertificateRequest = false;
  peer.verifyCertificate = false;
}

function readOwn(words: Arguments): OwnCertificate {
  if (words.choice(CERTIFICATE_TYPE) === 'plain_rsa') {
    return { kind: 'plain-rsa', key: words.quoted('the file of a key') };
  }
  const certificate = words.quoted('the file of a certificate');
  return { kind: 'x509', certificate, key: words.quoted('the file of its key') };
}

/** `peers_certfile x509 "bob.crt";` The type may be left out, and should not be. */
export function readPeersCertfile(
  words: Arguments,
  peer: PeerDraft,
  context: CompileContext,
): void {
  const start = words.peek();
  if (words.takes('dnssec')) {
    refuseLeftOut(words, start, 'this looks for certificates in the DNS');
    return;
  }
  if (words.seesQuoted) {
    const certificate = words.quoted('the file of a certificate');
    peer.peerCertificate = { kind: 'x509', certificate };
    context.report.warning('obsolete-form', words.span, 'the type of the certificate is missing', {
      fix: `write peers_certfile x509 "${certificate}"`,
    });
    return;
  }
  peer.peerCertificate = readPeer(words);
}

function readPeer(words: Arguments): PeerCertificate {
  return words.choice(CERTIFICATE_TYPE) === 'x509'
    ? { kind: 'x509', certificate: words.quoted('the file of a certificate') }
    : { kind: 'plain-rsa', key: words.quoted('the file of a key') };
}

/** `ca_type x509 "ca.crt";` */
export function readCaType(words: Arguments, peer: PeerDraft): void {
  words.choice({ noun: 'certificate type', words: ['x509'] });
  peer.authority = words.quoted('the file of a certificate');
}

const CERTIFICATE_TYPE = { noun: 'certificate type', words: ['x509', 'plain_rsa'] } as const;
