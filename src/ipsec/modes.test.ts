/**
 * Whole packets through outbound and inbound processing, in every mode: transport and tunnel, IPv4
 * and IPv6 inside and outside, ESP in UDP, extended sequence numbers, each kind of algorithm.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';
import { DataPath, memoryFor } from '../../test/support/data-path.ts';
import {
  ENDS,
  everything,
  INSIDE,
  MODES,
  pair,
  type Version,
} from '../../test/support/data-path-pair.ts';
import { countedOctets, type UdpParts, udpPacket } from '../../test/support/packets.ts';
import {
  addPolicy,
  ahSa,
  cipherOf,
  espSa,
  integrityOf,
  inUdp,
  layer,
  mirrored,
  tunnel,
} from '../../test/support/sas.ts';
import { AES_CBC } from '../crypto/aes-cbc.ts';
import { AES_GCM_16, AES_GMAC } from '../crypto/aes-gcm.ts';
import { CHACHA20_POLY1305 } from '../crypto/chacha20-poly1305.ts';
import { HMAC_SHA1 } from '../crypto/hmac-sha1.ts';
import { HMAC_SHA256 } from '../crypto/hmac-sha2.ts';
import { nodeProvider } from '../crypto/node-provider.ts';
import { NULL } from '../crypto/null.ts';
import { toHex } from '../octets/hex.ts';
import { setU16, u8 } from '../octets/octets.ts';
import { finishIpHeader, newIpHeader, readIp } from '../wire/ip.ts';
import type { Template } from './policy.ts';
import { Sa } from './sa.ts';
import type { SaParameters } from './sa-parameters.ts';

const KINDS: readonly (readonly [string, Pick<SaParameters, 'encryption' | 'integrity'>])[] = [
  [
    'AES-CBC and HMAC-SHA-256',
    { encryption: cipherOf(AES_CBC), integrity: integrityOf(HMAC_SHA256) },
  ],
  ['AES-GCM', { encryption: cipherOf(AES_GCM_16), integrity: null }],
  ['ChaCha20-Poly1305', { encryption: cipherOf(CHACHA20_POLY1305), integrity: null }],
  ['AES-GMAC', { encryption: cipherOf(AES_GMAC), integrity: null }],
  ['NULL and HMAC-SHA-1', { encryption: cipherOf(NULL), integrity: integrityOf(HMAC_SHA1) }],
];

/** One SA and the layer that asks for it. */
interface OneLayer {
  readonly name: string;
  readonly inner: Version;
  readonly outer: Version;
  readonly sa: SaParameters;
  readonly template: Template;
}

const ONE_LAYER: readonly OneLayer[] = MODES.flatMap(([mode, inner, outer]) =>
  [false, true].flatMap((extendedSequenceNumbers) => {
    const [source, destination] = ENDS[outer];
    const parts = { source, destination, mode, extendedSequenceNumbers };
    const sas: (readonly [string, SaParameters])[] = [
      ...KINDS.map(([name, kind]) => [`ESP, ${name}`, espSa({ ...parts, ...kind })] as const),
      ...KINDS.slice(0, 2).map(
        ([name, kind]) => [`ESP in UDP, ${name}`, inUdp(espSa({ ...parts, ...kind }))] as const,
      ),
      ['AH, HMAC-SHA-1', ahSa(parts)],
      ['AH, HMAC-SHA-256', ahSa({ ...parts, integrity: integrityOf(HMAC_SHA256) })],
    ];
    return sas.map(([what, sa]) => ({
      name: `${what}, IPv${inner} in ${mode} mode${mode === 'tunnel' ? ` in IPv${outer}` : ''}${extendedSequenceNumbers ? ', ESN' : ''}`,
      inner,
      outer,
      sa,
      template: mode === 'tunnel' ? tunnel(sa.protocol, source, destination) : layer(sa.protocol),
    }));
  }),
);

/** A packet between the ends, or between hosts behind them. */
function clear({ sa, inner }: Pick<OneLayer, 'sa' | 'inner'>, parts: UdpParts = {}): Uint8Array {
  const [source, destination] = ENDS[inner];
  const addresses = sa.mode === 'tunnel' ? INSIDE[inner] : { source, destination };
  return udpPacket(countedOctets(61), { ...addresses, ...parts });
}

/** The packet without what routers may change: class, flow label, TTL, and IPv4's checksum. */
function unchangeable(packet: Uint8Array): string {
  const copy = packet.slice();
  if (u8(copy, 0) >>> 4 === 6) {
    copy.set([0x60, 0, 0, 0]);
    copy[7] = 0;
    return toHex(copy);
  }
  copy[1] = 0;
  // Neither does ESP cover number and fragment fields.
  copy.set([0, 0, 0, 0, 0], 4);
  setU16(copy, 10, 0);
  return toHex(copy);
}

/** As {@link unchangeable} for what was inside a tunnel: of its header ECN alone may have changed. */
function unchangedInside(packet: Uint8Array): string {
  const copy = packet.slice();
  if (u8(copy, 0) >>> 4 === 6) copy[1] = u8(copy, 1) & 0xcf;
  else {
    copy[1] = u8(copy, 1) & 0xfc;
    setU16(copy, 10, 0);
  }
  return toHex(copy);
}

describe.each(ONE_LAYER)('$name', (one) => {
  const { sa, template, inner, outer } = one;
  const packet = clear(one);

  test('comes out as it went in, and once', () => {
    const { alice, bob } = pair([sa], [template], inner);
    for (const length of [0, 1, 13, 64, 1300]) {
      const [source, destination] = ENDS[inner];
      const addresses = sa.mode === 'tunnel' ? INSIDE[inner] : { source, destination };
      const each = udpPacket(countedOctets(length), addresses);
      const sealed = alice.seal(each);
      const header = newIpHeader();
      expect(readIp(header, sealed, 0, sealed.length)).toBe(true);
      expect(header).toMatchObject({ version: outer, totalLength: sealed.length });
      expect(header.nextLayerProtocol).toBe(
        sa.encapsulation ? 17 : sa.protocol === 'esp' ? 50 : 51,
      );
      expect(bob.receive(sealed)).toEqual(each);
      expect(bob.receive(sealed)).toBe('in-state-seq-error');
    }
    expect([...bob.databases.sas(0)]).toMatchObject([{ packets: 5, sequenceNumber: 5 }]);
  });

  test('with any bit turned is refused, or what it was', () => {
    const { alice, bob } = pair([sa], [template], inner);
    const same = sa.mode === 'tunnel' ? unchangedInside : unchangeable;
    let sealed = alice.seal(packet);
    let refused = 0;
    for (let at = 0; at < sealed.length; at++) {
      const forged = sealed.slice();
      forged[at] = u8(forged, at) ^ (1 << (at % 8));
      const outcome = bob.receive(forged);
      if (typeof outcome === 'string') {
        refused += 1;
        continue;
      }
      expect(same(outcome), `octet ${at}`).toBe(same(packet));
      // It used up its number.
      sealed = alice.seal(packet);
    }
    expect(refused).toBeGreaterThan(packet.length);
  });

  test('cut short at any place is refused', () => {
    const { alice, bob } = pair([sa], [template], inner);
    const sealed = alice.seal(packet);
    for (let length = 0; length < sealed.length; length++) {
      const cut = sealed.slice(0, length);
      // One that says its true length, too.
      if (length >= 40) setU16(cut, outer === 4 ? 2 : 4, outer === 4 ? length : length - 40);
      expect(bob.receive(cut)).toMatch(/^in-/);
    }
    expect(bob.receive(sealed)).toEqual(packet);
  });

  test('is not delivered from another address, nor in the clear', () => {
    const { alice, bob } = pair([sa], [template], inner);
    const sealed = alice.seal(packet);
    const moved = sealed.slice();
    const header = newIpHeader();
    readIp(header, moved, 0, moved.length);
    moved[header.sourceAt + 3] = 0x77;
    finishIpHeader(moved, header);
    const mayMove = sa.mode === 'tunnel' && sa.encapsulation !== null;
    if (mayMove) expect(bob.receive(moved)).toEqual(packet);
    else expect(bob.receive(moved)).toBe('in-state-mismatch');
    expect(bob.receive(packet)).toBe('in-tmpl-mismatch');
  });
});

/** Alice and Bob with SAs that stand at `sent`, keyed by each one's own provider. */
function pairAt(one: OneLayer, sent: number) {
  const out = everything(one.inner, one.template);
  const hosts = [out, mirrored(out)].map((each) => {
    const crypto = nodeProvider({ octets: new Uint8Array(memoryFor(4096)) });
    const host = new DataPath(crypto);
    host.commit(addPolicy(each));
    const sa = new Sa(one.sa, crypto, 0, { sent, received: 0 });
    host.databases.sad.add(sa);
    return { host, sa };
  });
  const [alice, bob] = hosts;
  if (alice === undefined || bob === undefined) throw new Error('Bug: no hosts');
  bob.sa.accept(sent);
  return { alice: alice.host, bob: bob.host };
}

describe('extended sequence numbers', () => {
  const extended = ONE_LAYER.filter(({ sa }) => sa.extendedSequenceNumbers);

  test.each(extended)('go past 2^32 in flight, out of order, and once: $name', (one) => {
    const { alice, bob } = pairAt(one, 2 ** 32 - 4);
    const packets = Array.from({ length: 8 }, (_, k) => clear(one, { sourcePort: 1000 + k }));
    const sealed = packets.map((packet) => alice.seal(packet));
    for (const k of [5, 1, 7, 0, 2, 6, 3, 4]) {
      const octets = sealed[k] ?? new Uint8Array(0);
      expect(bob.receive(octets), `packet ${k}`).toEqual(packets[k]);
      expect(bob.receive(octets)).toBe('in-state-seq-error');
    }
    expect([...bob.databases.sas(0)]).toMatchObject([{ sequenceNumber: 2 ** 32 + 4 }]);
  });

  test.each(extended)('are covered whole by the ICV: $name', (one) => {
    const { alice } = pairAt(one, 2 ** 33);
    const { bob } = pairAt(one, 2 ** 34);
    expect(bob.receive(alice.seal(clear(one)))).toBe('in-state-proto-error');
  });
});
