/**
 * Certificates that are not looked at.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import { type CheckedRacoon, nameOf } from './checked-racoon.ts';

export const CERTIFICATE_UNVERIFIED: Rule<CheckedRacoon> = {
  code: 'certificate-unverified',
  form: 'racoon',
  title: 'verify_cert off',
  severity: 'error',
  reason: 'Any certificate will do, one that somebody made for himself as well: it shows nothing.',
  *find(file) {
    for (const peer of file.peers) {
      const hasCertificates = peer.transforms.some(({ authentication }) =>
        /rsa/.test(authentication),
      );
      if (!hasCertificates || peer.verifyCertificate || peer.peerCertificate !== null) continue;
      yield {
        span: file.spanOf(peer, 'verify_cert'),
        message: `the certificate of ${nameOf(peer)} is not verified: anybody can be it`,
        expected: 'verify_cert on',
        fix: 'write verify_cert on, and ca_type for the authority',
      };
    }
  },
};
