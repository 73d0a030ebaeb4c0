/**
 * The keys of IKEv1 against what others derived: racoon and strongSwan in whole negotiations, NSS in
 * single steps. They are read from the project's shared material and skipped where that is not at hand.
 *
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readRacoon } from '../../src/config/index.ts';
import { DH_GROUPS, type DhGroup } from '../../src/crypto/dh-group.ts';
import { dhPublicLength, dhPublicValue, dhSharedSecret } from '../../src/crypto/diffie-hellman.ts';
import { HASH_ALGORITHMS, type HashAlgorithm } from '../../src/crypto/hash-algorithm.ts';
import { prf } from '../../src/crypto/prf.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { CredentialFault } from '../../src/ike/credential-fault.ts';
import type { Peer } from '../../src/ike/peer.ts';
import {
  deriveCipherKey,
  deriveKeymat,
  deriveSkeyidFamily,
  deriveSkeyidOfPreSharedKey,
  deriveSkeyidOfSignatures,
} from '../../src/ike/v1/key-material.ts';
import { FileCredentials } from '../../src/io/credentials/file-credentials.ts';
import { fromHex, toHex } from '../../src/octets/hex.ts';
import { parsePayload } from '../../src/wire/ikev1/payload.ts';
import type { RawPayload } from '../../src/wire/ikev1/payload-chain.ts';
import { sharedPath } from '../support/examples.ts';
import { ikeOfPcap } from '../support/ike-captures.ts';
import { ikeTraces, traced, traceFolder } from '../support/ike-trace.ts';
import { wellFormed } from '../support/ikev1-payloads.ts';
import { type Replay, replay } from '../support/ikev1-replay.ts';

const octets = (digits: string) => fromHex(digits.replaceAll(' ', '')) ?? new Uint8Array(0);
const secret = (digits: string) => new Secret(octets(digits));
const shown = (key: Secret) => toHex(key.expose());

const traces = ikeTraces();
const FOLDER = traceFolder() ?? '';

describe.skipIf(traces.length === 0).each(traces)('racoon: $name', (trace) => {
  const digits = (label: string) => traced(trace, label).map(toHex);
  const privateValues = traced(trace, "compute DH's private.");
  const preSharedKey = traced(trace, 'psk:')[0];

  const replayed: Replay = replay(trace.messages, {
    skeyid: (hash, gxy, nonces) =>
      preSharedKey === undefined
        ? deriveSkeyidOfSignatures(hash, gxy, nonces)
        : deriveSkeyidOfPreSharedKey(hash, new Secret(preSharedKey.slice()), nonces),
    gxy: (exchange, gxr) => {
      const own = new Secret((privateValues[exchange] ?? new Uint8Array(0)).slice());
      return wellFormed(dhSharedSecret(groupOf(gxr), own, gxr));
    },
  });

  test('public values and what both ends share come of the private ones', () => {
    const publicValues = traced(trace, "compute DH's public.");
    expect(publicValues.length).toBeGreaterThan(0);
    for (const [k, expected] of publicValues.entries()) {
      const own = new Secret((privateValues[k] ?? new Uint8Array(0)).slice());
      expect(toHex(dhPublicValue(groupOf(expected), own))).toBe(toHex(expected));
    }
  });

  test('the SKEYID family, the key of the cipher and the IVs', () => {
    const { family, cipherKey, phase1Iv, phase2Ivs } = replayed;
    expect([shown(family.SKEYID)]).toEqual(digits('SKEYID computed:'));
    expect([shown(family.SKEYID_d)]).toEqual(digits('SKEYID_d computed:'));
    expect([shown(family.SKEYID_a)]).toEqual(digits('SKEYID_a computed:'));
    expect([shown(family.SKEYID_e)]).toEqual(digits('SKEYID_e computed:'));
    expect([shown(cipherKey)]).toEqual(digits('final encryption key computed:'));
    expect([toHex(phase1Iv)]).toEqual(digits('IV computed:'));
    expect(new Set(phase2Ivs)).toEqual(new Set(digits('phase2 IV computed:')));
  });

  test('every message deciphers, and its hash verifies', () => {
    const { verified, deciphered } = replayed;
    // Both ends of phase 1 unless they sign; INITIAL-CONTACT of both; three messages of quick mode.
    expect(verified).toBeGreaterThanOrEqual(preSharedKey === undefined ? 5 : 7);
    expect(deciphered).toBeGreaterThanOrEqual(6);
  });

  // Who shares a key signs nothing.
  if (preSharedKey === undefined) {
    test('HASH_I and HASH_R are what is signed (RFC 2409 §5.1), by whom the certificates are for', () => {
      const credentials = new FileCredentials({
        certificateFolder: folderOfKeys(),
        preSharedKeys: [],
        readPlainRsa: () => [],
      });
      for (const [side, host] of ['A', 'B'].entries()) {
        const payloads = parseAll(replayed.phase1[side] ?? []);
        const [identity] = payloads.filter((each) => each.kind === 'identification');
        const [signature] = payloads.filter((each) => each.kind === 'signature');
        const hash = replayed.hashes[side];
        if (!identity || !signature || !hash) throw new TypeError('It proves nothing');
        const certificates = payloads.filter((each) => each.kind === 'certificate');
        const claim = {
          identity,
          certificates,
          hash,
          signature: signature.data,
          path: PATH,
          now: NOW,
        };
        // Each is an authority's customer of the other's, as the files of both say.
        const [own, other] = [host, host === 'A' ? 'B' : 'A'].map((each) =>
          peerOf(trace.name, each),
        );
        if (!own || !other) throw new TypeError('It is nobody');
        expect(credentials.verify(other, claim)).toEqual({
          subject: `C=XX, O=Test, CN=host-${host.toLowerCase()}`,
          certificate: certificates[0]?.data,
          warnings: ['there is no revocation list of C=XX, O=Test, CN=Test CA'],
        });
        expect(credentials.ownName(own)).toEqual(identity.data);
        expect(credentials.ownCertificates(own)).toEqual(certificates);
        expect(credentials.sign(own, hash, PATH)).toEqual(signature.data);
        const bad = hash.with(0, (hash[0] ?? 0) ^ 1);
        expect(credentials.verify(other, { ...claim, hash: bad })).toBeInstanceOf(CredentialFault);
      }
    });
  }

  test('KEYMAT is the keys of the SAs that the kernel had', () => {
    const keys = keysOf(readFileSync(join(FOLDER, `${trace.name}.A.D.txt`), 'utf8'));
    expect(keys.size).toBeGreaterThanOrEqual(2);
    for (const [spi, expected] of keys) {
      const sa = replayed.sas.find((each) => each.spi === spi);
      expect(sa?.keymat(expected.length / 2)).toBe(expected);
    }
  });
});

const PATH = {
  local: { address: { version: 4, octets: Uint8Array.of(10, 9, 0, 2) }, port: 500 },
  remote: { address: { version: 4, octets: Uint8Array.of(10, 9, 0, 1) }, port: 500 },
} as const;
/** When the certificates of the traces were valid. */
const NOW = Date.parse('2027-01-01T00:00:00Z');

/** A copy of the certificates and keys of the traces, that is ours alone. */
function folderOfKeys(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ipseal-traces-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const file of readdirSync(FOLDER).filter((name) => /\.(?:crt|key)$/.test(name))) {
    writeFileSync(join(folder, file), readFileSync(join(FOLDER, file)), { mode: 0o600 });
  }
  return folder;
}

/** The remote in the racoon.conf that `host` of the trace had. */
function peerOf(name: string, host: string): Peer {
  const file = join(FOLDER, `${name}.${host}.racoon.conf`);
  const peer = readRacoon({ name: file, text: readFileSync(file, 'utf8') }).configuration?.ike
    .peers[0];
  if (peer === undefined) throw new TypeError(`${file} has no remote`);
  return peer;
}

function parseAll(payloads: readonly RawPayload[]) {
  return payloads.map((each) => wellFormed(parsePayload(each)));
}

/** The group whose public values are as long as this one. */
function groupOf({ length }: Uint8Array): DhGroup {
  const group = DH_GROUPS.find((each) => each.kind === 'modp' && dhPublicLength(each) === length);
  if (group === undefined) throw new TypeError(`No group has ${length} octets`);
  return group;
}

/** The keys of a dump, the cipher's before the other, by SPI; both in hexadecimal digits. */
function keysOf(dump: string): ReadonlyMap<string, string> {
  const sas = dump.split(/^(?=\S)/m).map((text): [string, string] => {
    const keys = [...text.matchAll(/^\t[EA]: \S+ +([\da-f ]+)$/gm)].map(([, key]) => key);
    return [/spi=\d+\(0x([\da-f]+)\)/.exec(text)?.[1] ?? '', keys.join('').replaceAll(' ', '')];
  });
  return new Map(sas.filter(([, keys]) => keys !== ''));
}

interface StrongswanKeys {
  readonly psk: string | null;
  readonly ike_sas: readonly (Readonly<Record<string, string>> & {
    readonly dh_shared: string;
  })[];
  readonly child_sas: readonly {
    readonly ekeys: Readonly<Record<string, string>>;
    readonly akeys: Readonly<Record<string, string>>;
    readonly spis: Readonly<Record<'in' | 'out', readonly string[]>>;
    readonly side_out: string;
    readonly side_in: string;
  }[];
}

const STRONGSWAN = sharedPath('vectors', 'I_live_strongswan', 'ikev1');
const captures =
  STRONGSWAN === null ? [] : readdirSync(STRONGSWAN).filter((it) => it !== 'index.md');

test.skipIf(captures.length === 0).each(captures)('strongSwan: %s', (name) => {
  const folder = join(STRONGSWAN ?? '', name);
  const keys: StrongswanKeys = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8'));
  const { psk } = keys;
  const [given] = keys.ike_sas;
  const found = replay(ikeOfPcap(join(folder, `${name}.pcap`)), {
    skeyid: (hash, gxy, nonces) =>
      psk === null
        ? deriveSkeyidOfSignatures(hash, gxy, nonces)
        : deriveSkeyidOfPreSharedKey(hash, new Secret(new TextEncoder().encode(psk)), nonces),
    gxy: () => secret(given?.dh_shared ?? ''),
  });
  const { family, cipherKey, phase1Iv, sas } = found;
  expect({
    SKEYID: shown(family.SKEYID),
    SKEYID_d: shown(family.SKEYID_d),
    SKEYID_a: shown(family.SKEYID_a),
    SKEYID_e: shown(family.SKEYID_e),
    Ka: shown(cipherKey),
    initial_IV: toHex(phase1Iv),
  }).toEqual({
    SKEYID: given?.['SKEYID'],
    SKEYID_d: given?.['SKEYID_d'],
    SKEYID_a: given?.['SKEYID_a'],
    SKEYID_e: given?.['SKEYID_e'],
    Ka: given?.['Ka'],
    initial_IV: given?.['initial_IV'],
  });
  expect(keys.child_sas.length).toBeGreaterThan(0);
  for (const { ekeys, akeys, spis, side_in, side_out } of keys.child_sas) {
    for (const [[spi], side] of [
      [spis.in, side_in],
      [spis.out, side_out],
    ] as const) {
      const expected = `${ekeys[side]}${akeys[side]}`;
      expect(sas.find((sa) => sa.spi === spi)?.keymat(expected.length / 2)).toBe(expected);
    }
  }
});

interface NssVector {
  readonly id: string;
  readonly prf: string;
  readonly type: string;
  readonly ikm: string;
  readonly gxykm: string;
  readonly prevkm: string;
  readonly okm: string;
  readonly Ni: string;
  readonly Nr: string;
  readonly seed_data: string;
  readonly size: number;
}

const NSS = sharedPath('vectors', 'E_kdf', 'nss_ike_prf.json');
const given: readonly NssVector[] =
  NSS === null ? [] : JSON.parse(readFileSync(NSS, 'utf8')).vectors;
// aesxcbc is a prf of IKEv2 that IKEv1 never had; the other two types are steps of IKEv2.
const steps = given.filter(
  ({ prf, type }) => prf !== 'aesxcbc' && type !== 'ikeV2Rekey' && type !== 'ikePlus',
);

test.skipIf(steps.length === 0).each(steps)('NSS: $id, $type', (vector) => {
  const hash = HASH_ALGORITHMS.find(({ name }) => name === vector.prf);
  if (hash === undefined) throw new TypeError(`No hash is called ${vector.prf}`);
  expect(derived(vector, hash)).toBe(vector.okm);
});

function derived(vector: NssVector, hash: HashAlgorithm): string {
  const { type, size } = vector;
  const [Ni, Nr] = [octets(vector.Ni), octets(vector.Nr)];
  switch (type) {
    case 'ikeGxy':
      return shown(deriveSkeyidOfSignatures(hash, secret(vector.ikm), { Ni, Nr }));
    case 'ikeV1Psk':
      return shown(deriveSkeyidOfPreSharedKey(hash, secret(vector.ikm), { Ni, Nr }));
    case 'ikeV1': {
      const cookies = { CKY_I: Ni, CKY_R: Nr };
      const gxy = secret(vector.gxykm);
      const { SKEYID_d, SKEYID_a } = deriveSkeyidFamily(hash, secret(vector.ikm), gxy, cookies);
      if (vector.prevkm === '') return shown(SKEYID_d);
      expect(shown(SKEYID_d)).toBe(vector.prevkm);
      return shown(SKEYID_a);
    }
    case 'ikeV1AppB':
      return shown(deriveCipherKey(hash, secret(vector.ikm), size));
    case 'ikeV1AppBQuick': {
      const gxy = vector.gxykm === '' ? null : secret(vector.gxykm);
      const [protocolId = 0, ...spi] = octets(vector.seed_data);
      const inputs = { gxy, protocolId, spi: Uint8Array.from(spi), Ni, Nr };
      return shown(deriveKeymat(hash, secret(vector.ikm), inputs, size));
    }
    default:
      throw new TypeError(`What is ${type}?`);
  }
}

interface StrongswanPrf {
  readonly id: string;
  readonly alg: string;
  readonly 'arg.prf': string;
  readonly key: string;
  readonly salt: string;
  readonly out: string;
}

const KDF = sharedPath('vectors', 'E_kdf', 'strongswan_kdf.json');
const prfs: readonly StrongswanPrf[] = (
  KDF === null ? [] : (JSON.parse(readFileSync(KDF, 'utf8')).vectors as readonly StrongswanPrf[])
).filter((each) => each.alg === 'KDF_PRF' && each['arg.prf'].startsWith('PRF_HMAC'));

test.skipIf(prfs.length === 0).each(prfs)('prf() of strongSwan: $id', (vector) => {
  const name = vector['arg.prf'].replace('PRF_HMAC_', '').replace('SHA2_', 'SHA').toLowerCase();
  const hash = HASH_ALGORITHMS.find((each) => each.name === name);
  if (hash === undefined) throw new TypeError(`No hash is called ${name}`);
  expect(toHex(prf(hash, secret(vector.salt), [octets(vector.key)]))).toBe(vector.out);
});
