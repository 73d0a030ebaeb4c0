import {
  createHash,
  createPrivateKey,
  createSign,
  generateKeyPairSync,
  randomInt,
} from 'node:crypto';
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
import { Malformed } from '../../octets/malformed.ts';
import { CERTIFICATE_ENCODING, type Certificate } from '../../wire/ikev1/certificate.ts';
import { IDENTIFICATION_TYPE, type Identification } from '../../wire/ikev1/identification.ts';
import { LoadedCertificate } from './certificate.ts';
import { type CredentialSources, FileCredentials } from './file-credentials.ts';

const HASH = new Uint8Array(createHash('sha256').update('HASH_I').digest());
const DAY = 24 * 60 * 60 * 1000;
/** When the certificates that are made here have become valid. */
const NOW = Date.now() + DAY;
const lab = new CertificateLab();
const HAS_OPENSSL = hasOpenssl();

beforeAll(() => {
  if (!HAS_OPENSSL) return;
  lab.certificate('root', null, { subject: '/C=DE/O=Gazette/CN=Root', isAuthority: true });
  lab.certificate('office', 'root', { subject: '/C=DE/O=Gazette/CN=Office', isAuthority: true });
  lab.certificate('alice', 'office', {
    subject: '/C=DE/O=Gazette/CN=alice',
    alternativeNames: 'DNS:alice.example.net,IP:10.9.0.1,IP:2001:db8::1,email:alice@example.net',
  });
  const key = lab.path('alice.key');
  lab.certificate('bob', 'root', { subject: '/C=DE/O=Gazette/CN=bob', key });
  lab.private('bob.key', lab.read('alice.key'));
  lab.certificate('mallory', null, { subject: '/C=DE/O=Gazette/CN=mallory', key });
  lab.certificate('sha1', 'root', { subject: '/CN=old', digest: 'sha1', key });
  lab.certificate('eve', 'bob', { subject: '/C=DE/O=Gazette/CN=eve', key });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  lab.private('curve.key', privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const curve = lab.path('curve.key');
  lab.certificate('curve', 'root', { subject: '/C=DE/O=Gazette/CN=curve', key: curve });
  lab.key('short', 512);
  const seal = { cipher: 'aes-128-cbc', passphrase: 'open' };
  const sealed = createPrivateKey(lab.read('alice.key')).export({
    type: 'pkcs8',
    format: 'pem',
    ...seal,
  });
  lab.private('sealed.key', sealed);
  lab.trust(['root']);
}, 60_000);
afterAll(() => rmSync(lab.folder, { recursive: true, force: true }));

describe.skipIf(!HAS_OPENSSL)('a certificate of an authority that is trusted', () => {
  test.each([
    ['a distinguished name', () => subject('alice')],
    ['an address', () => address('10.9.0.1')],
    ['an IPv6 address', () => address('2001:db8::1')],
    ['a host', () => text(IDENTIFICATION_TYPE.FQDN, 'alice.example.net')],
    ['a mailbox', () => text(IDENTIFICATION_TYPE.USER_FQDN, 'alice@example.net')],
  ])('authenticates %s', (_, identity) => {
    const claim = claimOf(identity(), ['alice', 'office']);
    expect(credentials().verify(peerOf(), claim)).toEqual({
      subject: 'C=DE, O=Gazette, CN=alice',
      certificate: lab.der('alice'),
      warnings: [
        'there is no revocation list of C=DE, O=Gazette, CN=Office',
        'there is no revocation list of C=DE, O=Gazette, CN=Root',
      ],
    });
  });

  test('is found in whatever order they come', () => {
    const claim = claimOf(subject('alice'), ['office', 'root', 'alice']);
    expect(credentials().verify(peerOf(), claim)).toMatchObject({
      subject: expect.stringMatching(/alice$/),
    });
  });

  test('is found under the name that files had before OpenSSL 1.0', () => {
    const old = new CertificateLab();
    old.private('root.crt', lab.read('root.crt'));
    old.trust(['root'], true);
    const claim = claimOf(subject('bob'), ['bob']);
    const verified = credentials({ certificateFolder: old.folder }).verify(peerOf(), claim);
    expect(verified).toMatchObject({ subject: 'C=DE, O=Gazette, CN=bob' });
    rmSync(old.folder, { recursive: true });
  });

  test('is told to be signed with something weak', () => {
    const claim = claimOf(subject('sha1'), ['sha1']);
    expect(credentials().verify(peerOf(), claim)).toMatchObject({
      warnings: [
        'there is no revocation list of C=DE, O=Gazette, CN=Root',
        'the certificate of CN=old is signed with sha1WithRSAEncryption, which is weak',
      ],
    });
  });
});

describe.skipIf(!HAS_OPENSSL)('a peer is refused', () => {
  const refused = (claim: SignedClaim, peer = peerOf(), from = credentials()) =>
    `${from.verify(peer, claim)}`;

  test('without a certificate', () => {
    expect(refused(claimOf(subject('alice'), []))).toBe(
      'the peer sent no certificate, and the configuration names none',
    );
  });

  test('with octets that are none', () => {
    const claim = claimOf(subject('alice'), ['alice']);
    const [certificate] = claim.certificates;
    if (certificate === undefined) throw new Error('There is one');
    const { data } = certificate;
    for (const bad of [
      data.subarray(1),
      data.subarray(0, -1),
      Uint8Array.of(...data, 0),
      lab.read('alice.crt'),
    ]) {
      expect(refused({ ...claim, certificates: [{ ...certificate, data: bad }] })).toMatch(
        /^what the peer sent is no certificate: /,
      );
    }
    expect(refused({ ...claim, certificates: [{ ...certificate, encoding: 1 }] })).toBe(
      'what the peer sent is no certificate: it is of encoding 1, and not an X.509 certificate (4)',
    );
    expect(refused({ ...claim, certificates: Array(11).fill(certificate) })).toBe(
      'what the peer sent is no certificate: there are 11 of them, and more than 10',
    );
  });

  test('when its certificate has expired, or is not valid yet', () => {
    const at = (now: number) => refused(claimOf(subject('bob'), ['bob'], now));
    expect(at(NOW + 4000 * DAY)).toMatch(
      /^the certificate of C=DE, O=Gazette, CN=(?:bob|Root) expired at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/,
    );
    expect(at(NOW - 4000 * DAY)).toMatch(
      /^the certificate of C=DE, O=Gazette, CN=(?:bob|Root) is not valid before \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/,
    );
  });

  test('when nobody whom we trust issued its certificate', () => {
    expect(refused(claimOf(subject('mallory'), ['mallory']))).toMatch(
      /^the certificate of C=DE, O=Gazette, CN=mallory is issued by C=DE, O=Gazette, CN=mallory, whose own is not in .*\/[\da-f]{8}\.0 or .*\/[\da-f]{8}\.0$/,
    );
    // The authority in between is not sent.
    expect(refused(claimOf(subject('alice'), ['alice']))).toMatch(
      /^the certificate of C=DE, O=Gazette, CN=alice is issued by C=DE, O=Gazette, CN=Office, /,
    );
    const claim = claimOf(subject('bob'), ['bob']);
    expect(refused(claim, peerOf('ca_type x509 "mallory.crt";'))).toBe(
      `the certificate of C=DE, O=Gazette, CN=bob is issued by C=DE, O=Gazette, CN=Root, whose own is not in ${lab.path('mallory.crt')}`,
    );
    expect(refused(claim, peerOf(), credentials({ certificateFolder: null }))).toMatch(
      /whose own is not in a certificate folder, of which there is none$/,
    );
  });

  test('when a certificate that issued its own may not', () => {
    const claim = claimOf(subject('eve'), ['eve', 'bob']);
    expect(refused(claim)).toMatch(
      /^the certificate of C=DE, O=Gazette, CN=bob is not trusted: invalid CA/,
    );
  });

  test.each([
    ['another subject', () => subject('bob'), 'C=DE, O=Gazette, CN=bob'],
    ['another host', () => text(IDENTIFICATION_TYPE.FQDN, 'bob.example.net'), 'bob.example.net'],
    ['a part of its host', () => text(IDENTIFICATION_TYPE.FQDN, 'alice.example'), 'alice.example'],
    [
      'another mailbox',
      () => text(IDENTIFICATION_TYPE.USER_FQDN, 'bob@example.net'),
      'bob@example.net',
    ],
    ['another address', () => address('10.9.0.3'), '10.9.0.3'],
    [
      'a host with a NUL',
      () => text(IDENTIFICATION_TYPE.FQDN, 'alice.example.net\0'),
      'alice.example.net\\u{0}',
    ],
    ['what no certificate has', () => text(IDENTIFICATION_TYPE.KEY_ID, 'staff'), 'staff'],
  ])('when it calls itself %s', (_, identity, name) => {
    expect(refused(claimOf(identity(), ['alice', 'office']))).toBe(
      `the peer calls itself ${name}, and its certificate is for C=DE, O=Gazette, CN=alice, DNS:alice.example.net, IP Address:10.9.0.1, IP Address:2001:DB8:0:0:0:0:0:1, email:alice@example.net`,
    );
  });

  test('when the key is no RSA key', () => {
    expect(refused(claimOf(subject('curve'), ['curve']))).toBe(
      'the key of C=DE, O=Gazette, CN=curve is for ec, and not for RSA',
    );
  });

  test('when anything of the signature or of what is signed differs', () => {
    const claim = claimOf(subject('bob'), ['bob']);
    const { hash, signature } = claim;
    const flipped = (octets: Uint8Array, at: number) => octets.with(at, (octets[at] ?? 0) ^ 1);
    const wrong = [
      { hash: flipped(hash, 0) },
      { hash: flipped(hash, hash.length - 1) },
      { hash: hash.subarray(1) },
      { signature: flipped(signature, 5) },
      { signature: signature.subarray(1) },
      { signature: new Uint8Array(0) },
      { signature: new Uint8Array(signature.length).fill(0xff) },
      // With an algorithm identifier, as elsewhere.
      { signature: createSign('sha256').update('HASH_I').sign(lab.read('alice.key')) },
    ];
    for (const change of wrong) {
      expect(refused({ ...claim, ...change })).toBe(
        'the signature was not made with the key of C=DE, O=Gazette, CN=bob',
      );
    }
  });

  test('whatever octets it sends', () => {
    const claim = claimOf(subject('alice'), ['alice', 'office']);
    const [certificate] = claim.certificates;
    if (certificate === undefined) throw new Error('There is one');
    const from = credentials();
    const peer = peerOf();
    for (let k = 0; k < 100; k++) {
      const data = certificate.data.slice();
      for (let n = 0; n <= k % 3; n++) data[randomInt(data.length)] = randomInt(256);
      const changed = {
        ...claim,
        certificates: [{ ...certificate, data }, ...claim.certificates.slice(1)],
      };
      const identity = { ...claim.identity, data: data.subarray(0, randomInt(200)) };
      const verdict = from.verify(peer, changed);
      const isSame = Buffer.from(data).equals(certificate.data);
      expect(verdict instanceof CredentialFault).toBe(!isSame);
      expect(from.verify(peer, { ...claim, identity })).toBeInstanceOf(CredentialFault);
      expect(from.verify(peer, { ...claim, signature: data })).toBeInstanceOf(CredentialFault);
      from.nameText(identity.data);
      from.nameMatches([{ attribute: 'CN', value: null }], identity.data);
    }
  });
});

describe.skipIf(!HAS_OPENSSL)('the configuration', () => {
  test('may name one authority', () => {
    const claim = claimOf(subject('bob'), ['bob']);
    const peer = peerOf('ca_type x509 "root.crt";');
    expect(credentials().verify(peer, claim)).toMatchObject({ subject: 'C=DE, O=Gazette, CN=bob' });
    expect(credentials().authorities(peer)).toEqual([subject('root').data]);
    expect(credentials().authorities(peerOf())).toEqual([]);
  });

  test('may have the certificate of the peer, whoever issued it', () => {
    const peer = peerOf('peers_certfile x509 "mallory.crt";');
    const claim = claimOf(subject('mallory'), []);
    const verified = { subject: 'C=DE, O=Gazette, CN=mallory', certificate: lab.der('mallory') };
    expect(credentials().verify(peer, claim)).toEqual({ ...verified, warnings: [] });
    expect(credentials().verify(peer, { ...claim, now: NOW + 4000 * DAY })).toMatchObject({
      warnings: [expect.stringMatching(/^the certificate expired at /)],
    });
    expect(`${credentials().verify(peer, { ...claim, identity: subject('bob') })}`).toMatch(
      /^the peer calls itself C=DE, O=Gazette, CN=bob, /,
    );
  });

  test('may have nothing verified but the signature, which is told', () => {
    const peer = peerOf('verify_cert off;');
    const claim = claimOf(subject('bob'), ['mallory']);
    expect(credentials().verify(peer, claim)).toMatchObject({
      warnings: ['the certificate was not verified, as the configuration says'],
    });
  });

  test('has names with anything in some places', () => {
    const name = subject('alice').data;
    const matches = (...values: (string | null)[]) =>
      credentials().nameMatches(
        ['C', 'O', 'CN', 'L']
          .slice(0, values.length)
          .map((attribute, k) => ({ attribute, value: values[k] ?? null })),
        name,
      );
    expect(matches('DE', 'Gazette', 'alice')).toBe(true);
    expect(matches('DE', null, 'alice')).toBe(true);
    expect(matches(null, null, null)).toBe(true);
    expect(matches('DE', null, 'bob')).toBe(false);
    expect(matches('DE', 'Gazette')).toBe(false);
    expect(matches('DE', 'Gazette', 'alice', null)).toBe(false);
    expect(credentials().nameMatches([{ attribute: 'wrong', value: null }], name)).toBe(false);
    expect(credentials().nameText(name)).toBe('C=DE, O=Gazette, CN=alice');
    expect(credentials().nameText(Uint8Array.of(1, 2))).toBe('#0102');
  });

  test('has a name of our own, written as in the certificate if it is that one', () => {
    const named = (name: string) =>
      credentials().ownName(peerOf(`my_identifier asn1dn "${name}";`));
    expect(named('C=DE, O=Gazette, CN=alice')).toEqual(subject('alice').data);
    expect(credentials().nameText(named('C=DE, CN=carol') as Uint8Array)).toBe('C=DE, CN=carol');
    expect(`${named('C=DE, CN=*')}`).toBe(
      'the name C=DE, CN=* cannot be told: it says nothing of CN',
    );
    expect(`${named('C=Germany')}`).toMatch(
      /^the name C=Germany cannot be told: C is no attribute/,
    );
  });
});

describe.skipIf(!HAS_OPENSSL)('a revocation list', () => {
  test('refuses those who are on it, and lets others pass in silence', () => {
    lab.revocationList('root', ['bob']);
    const verdict = (name: string) =>
      credentials().verify(peerOf(), claimOf(subject(name), [name]));
    expect(`${verdict('bob')}`).toBe(
      'the certificate of C=DE, O=Gazette, CN=bob was revoked by C=DE, O=Gazette, CN=Root',
    );
    expect(verdict('sha1')).toMatchObject({ warnings: [expect.stringMatching(/weak$/)] });
    lab.revocationList('root', ['office']);
    expect(
      `${credentials().verify(peerOf(), claimOf(subject('alice'), ['alice', 'office']))}`,
    ).toBe('the certificate of C=DE, O=Gazette, CN=Office was revoked by C=DE, O=Gazette, CN=Root');
  });

  test('that is out of date refuses everybody', () => {
    const claim = claimOf(subject('bob'), ['bob'], NOW + 400 * DAY);
    lab.revocationList('root', []);
    expect(`${credentials().verify(peerOf(), claim)}`).toBe(
      'the certificate of C=DE, O=Gazette, CN=bob is not trusted: CRL has expired',
    );
    lab.withdrawRevocationLists();
  });
});

describe.skipIf(!HAS_OPENSSL)('our own key', () => {
  const fault = (statement: string) => {
    const peer = peerOf('', statement);
    const faults = credentials().load([peer]);
    expect(credentials().sign(peer, HASH, PATH)).toEqual(faults[0]);
    return `${faults}`;
  };

  test('comes with the certificates that are in its file', () => {
    lab.private('chain.crt', Buffer.concat([lab.read('alice.crt'), lab.read('office.crt')]));
    const peer = peerOf('', 'certificate_type x509 "chain.crt" "alice.key";');
    expect(credentials().ownCertificates(peer)).toEqual([sent('alice'), sent('office')]);
  });

  test('is from whoever issued its certificate, or one behind it', () => {
    lab.private('chain.crt', Buffer.concat([lab.read('alice.crt'), lab.read('office.crt')]));
    const isIssuedBy = (own: string, issuer: string) =>
      credentials().isIssuedBy(peerOf('', own), subject(issuer).data);
    expect(isIssuedBy(OWN, 'office')).toBe(true);
    expect(isIssuedBy(OWN, 'root')).toBe(false);
    expect(isIssuedBy('certificate_type x509 "chain.crt" "alice.key";', 'root')).toBe(true);
    expect(isIssuedBy('certificate_type plain_rsa "alice.key";', 'root')).toBe(false);
  });

  test('is refused where others may read it', () => {
    lab.private('open.key', lab.read('alice.key'));
    chmodSync(lab.path('open.key'), 0o640);
    expect(fault('certificate_type x509 "alice.crt" "open.key";')).toBe(
      `${lab.path('open.key')} cannot be used: others may use it (mode 0640): chmod 600 it`,
    );
  });

  test.each([
    ['alice.crt', 'absent.key', 'absent.key', 'there is no such file'],
    ['absent.crt', 'alice.key', 'absent.crt', 'there is no such file'],
    ['alice.key', 'alice.key', 'alice.key', /^there is no certificate in it: /],
    ['alice.crt', 'alice.ext', 'alice.ext', 'there is no private key in PEM in it'],
    ['curve.crt', 'curve.key', 'curve.key', 'its key is for ec, and not for RSA'],
    ['alice.crt', 'short.key', 'short.key', 'its key has 512 bits, and a hash needs 600'],
    [
      'alice.crt',
      'sealed.key',
      'sealed.key',
      'its key asks for a passphrase, and nobody is there to give it',
    ],
    ['alice.crt', '.', '', 'it is no file'],
  ])('of %s and %s is refused', (certificate, key, file, reason) => {
    const told = fault(`certificate_type x509 "${certificate}" "${key}";`);
    const start = `${lab.path(file)} cannot be used: `;
    expect(told.startsWith(start.replace(/\/ cannot/, ' cannot'))).toBe(true);
    expect(told.slice(told.indexOf(': ') + 2)).toMatch(reason);
  });

  test('has to be the one of the certificate', () => {
    expect(fault('certificate_type x509 "root.crt" "alice.key";')).toBe(
      `the key in ${lab.path('alice.key')} is not the one of the certificate in ${lab.path('root.crt')}`,
    );
  });

  test('is missing where the configuration names none', () => {
    const peer = { ...peerOf(), ownCertificate: null };
    expect(`${credentials().sign(peer, HASH, PATH)}`).toBe(
      'the configuration names no certificate of ours',
    );
  });
});

describe('bare keys', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const { n, e, d, p, q, dp, dq, qi } = privateKey.export({ format: 'jwk' });
  const hex = (number: string | undefined) =>
    Buffer.from(number ?? '', 'base64url').toString('hex');
  const block = (prime: string | undefined, exponent = d) =>
    `: RSA { Modulus: 0x${hex(n)} PublicExponent: 0x${hex(e)} PrivateExponent: 0x${hex(exponent)}
      Prime1: 0x${hex(prime)} Prime2: 0x${hex(q)} Exponent1: 0x${hex(dp)} Exponent2: 0x${hex(dq)}
      Coefficient: 0x${hex(qi)} }`;
  const own = 'certificate_type plain_rsa "own.rsa";';
  const peer = peerOf('peers_certfile plain_rsa "peer.pub";', own);
  const pub = `PUB 0x03${hex(e)}${hex(n)}`;
  const identity = address('10.9.0.1');
  const claim = (from: FileCredentials): SignedClaim => {
    const signature = from.sign(peer, HASH, PATH);
    if (signature instanceof CredentialFault) throw new Error(`${signature}`);
    return { identity, certificates: [], hash: HASH, signature, path: PATH, now: NOW };
  };

  test('sign and verify for the addresses that they are for', () => {
    lab.private('own.rsa', block(p));
    lab.private('peer.pub', `: ${pub}\n`);
    const from = credentials();
    const verified = { subject: null, certificate: null, warnings: [] };
    expect(from.load([peer])).toEqual([]);
    expect(from.verify(peer, claim(from))).toEqual(verified);
    expect(from.ownCertificates(peer)).toEqual([]);
    expect(`${from.verify(peer, { ...claim(from), hash: HASH.subarray(1) })}`).toBe(
      'the signature was not made with the key of the peer',
    );
    lab.private('peer.pub', `10.9.0.1 : ${pub}\n`);
    expect(credentials().verify(peer, claim(from))).toEqual(verified);
    lab.private('peer.pub', `10.9.0.3 : ${pub}\n`);
    expect(`${credentials().verify(peer, claim(from))}`).toBe(
      `no key in ${lab.path('peer.pub')} is for these addresses`,
    );
  });

  test('are refused where they are wrong, or others may read them', () => {
    const refused = () => `${credentials().sign(peer, HASH, PATH)}`;
    const start = `${lab.path('own.rsa')} cannot be used: `;
    lab.private('own.rsa', block(q, e));
    expect(refused()).toBe(`${start}the numbers of the key on line 1 do not belong together`);
    lab.private('own.rsa', `: ${pub}`);
    expect(refused()).toBe(`${start}this is a public key, and we sign with private ones`);
    chmodSync(lab.path('own.rsa'), 0o644);
    expect(refused()).toBe(`${start}others may use it (mode 0644): chmod 600 it`);
  });
});

test('a key is shared with the first identity that has one', () => {
  const at = { file: 'psk.txt', line: 1, column: 1, text: '' };
  const key = { identity: '10.9.0.1', key: new Secret(Uint8Array.of(1)), at };
  const from = credentials({ preSharedKeys: [key] });
  expect(from.preSharedKey(['alice', '10.9.0.1'])).toBe(key);
  expect(`${from.preSharedKey(['alice', 'bob'])}`).toBe(
    'no key is shared with alice or bob: no line of psk.txt begins with it',
  );
  const fault = new CredentialFault({
    kind: 'unusable-file',
    file: 'psk.txt',
    reason: 'it is open',
  });
  expect(credentials({ preSharedKeys: fault }).preSharedKey(['alice'])).toBe(fault);
});

test('a key ID is what is in its file', () => {
  lab.private('id', Buffer.of(1, 2, 3));
  expect(credentials().keyId(lab.path('id'))).toEqual(Buffer.of(1, 2, 3));
  expect(`${credentials().keyId(lab.path('no'))}`).toMatch(
    /no cannot be used: there is no such file$/,
  );
});

const OWN = 'certificate_type x509 "alice.crt" "alice.key";';

/** A remote of a racoon.conf. */
function peerOf(statements = '', own = OWN): Peer {
  const proposal =
    'proposal { encryption_algorithm aes; hash_algorithm sha256; authentication_method rsasig; dh_group 14; }';
  const body = `remote 10.9.0.1 { exchange_mode main; ${own} ${statements} ${proposal} }`;
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

/** What somebody with alice's key would send. */
function claimOf(
  identity: Identification,
  certificates: readonly string[],
  now = NOW,
): SignedClaim {
  const signature = credentials().sign(peerOf(), HASH, PATH);
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
  const read = LoadedCertificate.read(lab.der(name));
  if (read instanceof Malformed) throw new Error(`${read}`);
  const data = read.subjectName;
  return {
    kind: 'identification',
    type: IDENTIFICATION_TYPE.DER_ASN1_DN,
    protocol: 0,
    port: 0,
    data,
  };
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
