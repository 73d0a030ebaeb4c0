import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CertificateLab, hasOpenssl } from '../../../test/support/certificates.ts';
import { readRacoon } from '../../config/index.ts';
import { readPlainRsa } from '../../config/plain-rsa/read.ts';
import { Secret } from '../../crypto/secret.ts';
import { CredentialFault } from '../../ike/credential-fault.ts';
import type { SignedClaim } from '../../ike/credentials.ts';
import type { Peer } from '../../ike/peer.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { CERTIFICATE_ENCODING, type Certificate } from '../../wire/ikev1/certificate.ts';
import { IDENTIFICATION_TYPE, type Identification } from '../../wire/ikev1/identification.ts';
import { type CredentialSources, FileCredentials } from './file-credentials.ts';

const HASH = new Uint8Array(createHash('sha256').update('HASH_I').digest());
const NOW = Date.now();
const DAY = 24 * 60 * 60 * 1000;
const lab = new CertificateLab();

beforeAll(() => {
  if (!hasOpenssl()) return;
  lab.certificate('root', null, { subject: '/C=DE/O=Gazette/CN=Root', isAuthority: true });
  lab.certificate('office', 'root', { subject: '/C=DE/O=Gazette/CN=Office', isAuthority: true });
  lab.certificate('alice', 'office', {
    subject: '/C=DE/O=Gazette/CN=alice',
    alternativeNames: 'DNS:alice.example.net,IP:10.9.0.1,IP:2001:db8::1,email:alice@example.net',
  });
  const key = lab.path('alice.key');
  lab.certificate('bob', 'root', { subject: '/C=DE/O=Gazette/CN=bob', key });
  lab.certificate('mallory', null, { subject: '/C=DE/O=Gazette/CN=mallory', key });
  lab.certificate('sha1', 'root', { subject: '/CN=old', digest: 'sha1', key });
  lab.trust(['root']);
}, 60_000);
afterAll(() => rmSync(lab.folder, { recursive: true, force: true }));

describe.skipIf(!hasOpenssl())('a certificate of an authority that is trusted', () => {
  test.each([
    ['a distinguished name', () => subject('alice')],
    ['an address', () => address('10.9.0.1')],
    ['an IPv6 address', () => address('2001:db8::1')],
    ['a host', () => text(IDENTIFICATION_TYPE.FQDN, 'alice.example.net')],
    ['a mailbox', () => text(IDENTIFICATION_TYPE.USER_FQDN, 'alice@example.net')],
  ])('authenticates %s', (_, identity) => {
    const claim = claimOf('alice', identity(), ['alice', 'office']);
    expect(credentials().verify(PEER(), claim)).toEqual({
      subject: 'C=DE, O=Gazette, CN=alice',
      certificate: lab.der('alice'),
      warnings: [
        'there is no revocation list of C=DE, O=Gazette, CN=Office',
        'there is no revocation list of C=DE, O=Gazette, CN=Root',
      ],
    });
  });

  test('is found in whatever order they come', () => {
    const claim = claimOf('alice', subject('alice'), ['office', 'root', 'alice']);
    expect(credentials().verify(PEER(), claim)).toMatchObject({ subject: expect.stringMatching(/alice$/) });
  });

  test('is told to be signed with something weak', () => {
    const claim = claimOf('sha1', subject('sha1'), ['sha1']);
    expect(credentials().verify(PEER(), claim)).toMatchObject({
      warnings: [
        'there is no revocation list of C=DE, O=Gazette, CN=Root',
        'the certificate of CN=old is signed with sha1WithRSAEncryption, which is weak',
      ],
    });
  });
});

/** A remote of a racoon.conf. */
function PEER(statements = ''): Peer {
  const proposal =
    'proposal { encryption_algorithm aes; hash_algorithm sha256; authentication_method rsasig; dh_group 14; }';
  const body = `remote 10.9.0.1 { exchange_mode main; certificate_type x509 "alice.crt" "alice.key"; ${statements} ${proposal} }`;
  const { configuration, diagnostics } = readRacoon({ name: 'racoon.conf', text: body });
  const peer = configuration?.ike.peers[0];
  if (peer === undefined) throw new Error(JSON.stringify(diagnostics));
  return peer;
}

function credentials(sources: Partial<CredentialSources> = {}): FileCredentials {
  return new FileCredentials({
    certificateFolder: lab.folder,
    preSharedKeys: [],
    readPlainRsa: (name, text, owner) => {
      const { keys, diagnostics } = readPlainRsa({ name, text }, owner);
      return diagnostics.find(({ severity }) => severity === 'error')?.message ?? keys;
    },
    ...sources,
  });
}

/** What `name` would send, who has alice's key. */
function claimOf(
  name: string,
  identity: Identification,
  certificates: readonly string[],
  now = NOW,
): SignedClaim {
  const signature = credentials().sign(
    PEER(`certificate_type x509 "${name}.crt" "alice.key";`),
    HASH,
    PATH,
  );
  if (signature instanceof CredentialFault) throw new Error(`${signature}`);
  return { identity, certificates: certificates.map(sent), hash: HASH, signature, path: PATH, now };
}

function sent(name: string): Certificate {
  return {
    kind: 'certificate',
    encoding: CERTIFICATE_ENCODING.X509_SIGNATURE,
    data: lab.der(name),
  };
}

function subject(name: string): Identification {
  const peer = PEER(`certificate_type x509 "${name}.crt" "alice.key"; my_identifier asn1dn;`);
  const data = credentials().ownName(peer);
  if (data instanceof CredentialFault) throw new Error(`${data}`);
  return { kind: 'identification', type: IDENTIFICATION_TYPE.DER_ASN1_DN, protocol: 0, port: 0, data };
}

function address(written: string): Identification {
  const { IPV4_ADDR, IPV6_ADDR } = IDENTIFICATION_TYPE;
  const { version, octets } = ipAddress(written);
  const type = version === 4 ? IPV4_ADDR : IPV6_ADDR;
  return { kind: 'identification', type, protocol: 17, port: 500, data: octets };
}

function text(type: number, written: string): Identification {
  const data = new TextEncoder().encode(written);
  return { kind: 'identification', type, protocol: 0, port: 0, data };
}

function ipAddress(written: string) {
  const address = parseIpAddress(written);
  if (address === undefined) throw new TypeError(written);
  return address;
}

const PATH = {
  local: { address: ipAddress('10.9.0.2'), port: 500 },
  remote: { address: ipAddress('10.9.0.1'), port: 500 },
};
