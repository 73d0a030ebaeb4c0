import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  address,
  arbitraryTerms,
  ENDS,
  HERE,
  policyOf,
  sainfo,
  THERE,
  turned,
} from '../../test/support/quick-mode.ts';
import { AES_CBC } from '../crypto/aes-cbc.ts';
import { AES_GCM_16 } from '../crypto/aes-gcm.ts';
import { SHA256 } from '../crypto/hash-algorithm.ts';
import { HMAC_SHA256 } from '../crypto/hmac-sha2.ts';
import { NULL_INTEGRITY } from '../crypto/null.ts';
import { Secret } from '../crypto/secret.ts';
import { UNLIMITED } from '../ipsec/lifetime.ts';
import type { SaParameters } from '../ipsec/sa-parameters.ts';
import { sameSa } from '../ipsec/sameness.ts';
import { whyInvalid } from '../ipsec/validity.ts';
import { toHex } from '../octets/hex.ts';
import type { Agreement } from './agreement.ts';
import { bundleOf } from './bundle.ts';
import type { Path } from './path.ts';
import { protectionsOf } from './protection.ts';
import { type KeySource, sasOf } from './sas.ts';
import { quickModeKeys } from './v1/quick-mode/keys.ts';

const PATH: Path = {
  local: { address: HERE, port: 4500 },
  remote: { address: THERE, port: 31_000 },
};
const WAY = { path: PATH, peerOriginalAddress: null };

/** Octets that count up, from the SPI on. */
const counting: KeySource = ({ inboundSpi, outboundSpi }, direction, length) => {
  const first = direction === 'inbound' ? inboundSpi : outboundSpi;
  return new Secret(Uint8Array.from({ length }, (_, k) => first + k));
};

/** What both agreed on for `layers`, with the first of everything that `policy` has. */
function agreed(layers: string, policy = sainfo(), inUdp = false): Agreement {
  const bundle = bundleOf(policyOf('outbound', layers), policyOf('inbound', layers), ENDS);
  return {
    group: null,
    layers: bundle.map((layer, k) => ({
      layer,
      protection: protectionsOf(layer.protocol, policy)[0] ?? expect.unreachable(),
      inUdp: inUdp && layer.protocol === 'esp',
      extendedSequenceNumbers: false,
      lifetime: { ...UNLIMITED, seconds: policy.lifetimeSeconds },
      inboundSpi: 0x1000 + k,
      outboundSpi: 0x2000 + k,
    })),
  };
}

/** The same, as the peer has it. */
function mirrored({ layers, group }: Agreement): Agreement {
  return {
    group,
    layers: layers.map((each) => ({
      ...each,
      layer: { ...each.layer, ...turned(each.layer) },
      inboundSpi: each.outboundSpi,
      outboundSpi: each.inboundSpi,
    })),
  };
}

test('an SA has its ends, its keys, and the lengths that the RFCs want', () => {
  const [inbound, outbound, ...others] = sasOf(agreed('esp/tunnel:7'), WAY, counting);
  if (inbound === undefined || outbound === undefined) expect.unreachable();
  expect(others).toEqual([]);
  const { encryption, integrity, ...rest } = inbound;
  expect(rest).toEqual({
    protocol: 'esp',
    mode: 'tunnel',
    source: THERE,
    destination: HERE,
    spi: 0x1000,
    reqid: 7,
    replayWindow: 64,
    compression: null,
    encapsulation: null,
    extendedSequenceNumbers: false,
    securityContext: null,
    softLifetime: { ...UNLIMITED, seconds: 1440 },
    hardLifetime: { ...UNLIMITED, seconds: 1800 },
  });
  expect(encryption?.algorithm).toBe(AES_CBC);
  expect(toHex(encryption?.key.expose() ?? NOTHING)).toBe('000102030405060708090a0b0c0d0e0f');
  expect(integrity).toMatchObject({ algorithm: HMAC_SHA256, icvLength: 16 });
  expect(integrity?.key.bits).toBe(256);
  expect(toHex(integrity?.key.expose().subarray(0, 4) ?? NOTHING)).toBe('10111213');
  expect(outbound).toMatchObject({ source: HERE, destination: THERE, spi: 0x2000 });
});

test('a nonce comes out of KEYMAT behind the key of the cipher, and an AEAD has no integrity', () => {
  const policy = sainfo({
    encryption: [{ algorithm: AES_GCM_16, keyBits: 160 }],
    integrity: [HMAC_SHA256, NULL_INTEGRITY],
  });
  const [inbound] = sasOf(agreed('esp/transport', policy), WAY, counting);
  expect(toHex(inbound?.encryption?.key.expose() ?? NOTHING)).toBe(
    '000102030405060708090a0b0c0d0e0f10111213',
  );
  expect(inbound?.integrity).toBeNull();
});

test('inbound SAs come first, and the outermost of each direction', () => {
  const sas = sasOf(agreed('ipcomp/tunnel esp/transport ah/transport'), WAY, counting);
  expect(sas.map(({ protocol, spi, mode }) => `${protocol} ${spi.toString(16)} ${mode}`)).toEqual([
    'ah 1002 transport',
    'esp 1001 transport',
    'ipcomp 1000 tunnel',
    'ah 2002 transport',
    'esp 2001 transport',
    'ipcomp 2000 tunnel',
  ]);
  expect(sas.map(({ replayWindow }) => replayWindow)).toEqual([64, 64, 0, 64, 64, 0]);
  expect(sas.map(({ compression }) => compression?.name ?? '-')).toEqual([
    '-',
    '-',
    'deflate',
    '-',
    '-',
    'deflate',
  ]);
});

test('ESP in UDP has the ports of IKE, and in transport mode what the peer takes itself for', () => {
  const original = address('192.168.1.5');
  const way = { path: PATH, peerOriginalAddress: original };
  const ports = (layers: string) =>
    sasOf(agreed(layers, sainfo(), true), way, counting).map(({ encapsulation }) => encapsulation);
  expect(ports('esp/transport')).toEqual([
    { sourcePort: 31_000, destinationPort: 4500, originalAddress: original },
    { sourcePort: 4500, destinationPort: 31_000, originalAddress: original },
  ]);
  expect(ports('esp/tunnel')[0]?.originalAddress).toBeNull();
  expect(ports('ah/transport')).toEqual([null, null]);
});

test('both ends of any agreement have the same SAs, good for a backend, and no key twice', () => {
  const back: Path = { local: PATH.remote, remote: PATH.local };
  const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const secrets = fc.record({ SKEYID_d: octets(32), Ni: octets(16), Nr: octets(16) });
  fc.assert(
    fc.property(arbitraryTerms, secrets, ({ layers, policy, udp }, { SKEYID_d, Ni, Nr }) => {
      const keys = quickModeKeys(SHA256, new Secret(SKEYID_d), { gxy: null, Ni, Nr });
      const agreement = agreed(layers, policy, udp !== null);
      const ours = sasOf(agreement, WAY, keys);
      const theirs = sasOf(mirrored(agreement), { path: back, peerOriginalAddress: null }, keys);
      expect(ours.length).toBe(theirs.length);
      for (const sa of ours) {
        // A reqid is everybody's own.
        const same = (each: SaParameters) => sameSa({ ...each, reqid: sa.reqid }, sa);
        expect(theirs.some(same)).toBe(true);
        expect(whyInvalid({ kind: 'add-sa', sa })).toBeNull();
      }
      const shown = ours.map(({ encryption, integrity }) =>
        toHex((encryption?.key.length ? encryption.key : integrity?.key)?.expose() ?? NOTHING),
      );
      const keysUsed = shown.filter((key) => key !== '');
      expect(new Set(keysUsed).size).toBe(keysUsed.length);
    }),
    { numRuns: 50 },
  );
});

const NOTHING = new Uint8Array(0);
