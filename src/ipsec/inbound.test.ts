/**
 * What inbound processing admits: layers against templates, and packets in the clear (RFC 4301 §5.2).
 *
 * @module
 */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DataPath, memoryFor } from '../../test/support/data-path.ts';
import {
  address,
  countedOctets,
  echoPacket,
  ipv4Packet,
  udpPacket,
} from '../../test/support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  cipherOf,
  espSa,
  integrityOf,
  layer,
  mirrored,
  policy,
  protect,
} from '../../test/support/sas.ts';
import { AES_CBC } from '../crypto/aes-cbc.ts';
import { HMAC_SHA1 } from '../crypto/hmac-sha1.ts';
import { HMAC_SHA256 } from '../crypto/hmac-sha2.ts';
import { nodeProvider } from '../crypto/node-provider.ts';
import { NULL } from '../crypto/null.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { u32 } from '../octets/octets.ts';
import { emitAhHeader } from '../wire/ah.ts';
import { setIpv4Protocol, setIpv4TotalLength, updateIpv4Checksum } from '../wire/ipv4.ts';
import { zeroMutableIpv4 } from '../wire/ipv4-mutable.ts';
import { UNLIMITED } from './lifetime.ts';
import type { Action, Policy, Template } from './policy.ts';
import { Sa } from './sa.ts';

const ESP = espSa({ reqid: 1 });
const AH = ahSa({ reqid: 2 });
const CLEAR = udpPacket(countedOctets(64));

function path(...policies: Policy[]): DataPath {
  const made = new DataPath(nodeProvider({ octets: new Uint8Array(memoryFor(4096)) }));
  made.commit(addSa(ESP), addSa(AH), ...policies.map(addPolicy));
  return made;
}

/** Bob, who has `action` for what Alice sends him. */
function bobWith(action: Action, parts = {}): DataPath {
  return path(mirrored(policy('outbound', action, parts)));
}

/** What Alice makes of a packet that she protects with `layers`, innermost first. */
function sealed(layers: readonly Template[], clear = CLEAR): Uint8Array {
  return path(policy('outbound', protect(...layers))).seal(clear);
}

const esp = layer('esp');
const ah = layer('ah');

describe('a packet in the clear', () => {
  test.each<[string, Action, unknown]>([
    ['is delivered past a policy to bypass', { kind: 'bypass' }, CLEAR],
    ['is stopped by a policy to discard', { kind: 'discard' }, 'in-pol-block'],
    ['is stopped by a policy that protects', protect(esp), 'in-tmpl-mismatch'],
    ['passes where all layers are optional', protect(layer('esp', 'use')), CLEAR],
    [
      'is stopped where one layer is optional and one is not',
      protect(layer('esp', 'use'), ah),
      'in-tmpl-mismatch',
    ],
  ])('%s', (_, action, outcome) => {
    expect(bobWith(action).receive(CLEAR)).toEqual(outcome);
  });

  test('is delivered where no policy speaks of it', () => {
    expect(path().receive(CLEAR)).toEqual(CLEAR);
    const other = udpPacket(countedOctets(9), { source: address('192.0.2.1') });
    expect(bobWith(protect(esp)).receive(other)).toEqual(other);
  });

  test('is looked up in the inbound direction only', () => {
    const bob = path(policy('outbound', { kind: 'discard' }), policy('forward', protect(esp)));
    expect(bob.receive(CLEAR)).toEqual(CLEAR);
  });

  test('loses what the link layer put behind it', () => {
    expect(path().receive(Uint8Array.of(...CLEAR, 0xee, 0xee))).toEqual(CLEAR);
  });
});

describe('layers against templates', () => {
  const asked = protect(esp, ah);

  test.each<[string, Template[], Template[], boolean]>([
    ['those asked for', [esp, ah], [esp, ah], true],
    ['the inner one alone', [esp], [esp, ah], false],
    ['the outer one alone', [ah], [esp, ah], false],
    ['the wrong order', [ah, esp], [esp, ah], false],
    ['one more outside', [esp, ah], [esp], true],
    ['one more inside', [esp, ah], [ah], true],
    ['one more between', [esp, esp, ah], [esp, ah], true],
    ['the inner optional one missing', [ah], [layer('esp', 'use'), ah], true],
    ['the outer optional one missing', [esp], [esp, layer('ah', 'use')], true],
    [
      'an optional one that would take the place of one required',
      [esp],
      [esp, layer('esp', 'use')],
      true,
    ],
    ['no layer but an optional one', [ah], [esp, layer('ah', 'use')], false],
    ['the reqid asked for', [layer('esp', 'require', 1)], [layer('esp', 'require', 1)], true],
    ['another reqid', [esp], [layer('esp', 'require', 7)], false],
    ['two asked for and one there', [esp], [esp, esp], false],
  ])('%s', (_, put, wanted, admitted) => {
    const bob = bobWith(protect(...wanted));
    expect(bob.receive(sealed(put))).toEqual(admitted ? CLEAR : 'in-tmpl-mismatch');
  });

  test('a protected packet is still discarded or bypassed as the policy says', () => {
    expect(bobWith({ kind: 'discard' }).receive(sealed([esp]))).toBe('in-pol-block');
    expect(bobWith({ kind: 'bypass' }).receive(sealed([esp]))).toEqual(CLEAR);
    expect(path().receive(sealed([esp]))).toEqual(CLEAR);
  });

  test('what one packet had does not count for the next', () => {
    const bob = bobWith(asked);
    expect(bob.receive(sealed([esp, ah]))).toEqual(CLEAR);
    expect(bob.receive(CLEAR)).toBe('in-tmpl-mismatch');
  });

  test('seven layers are too many', () => {
    const seven = Array.from({ length: 6 }, () => esp);
    const once = sealed(seven);
    const alice = path(policy('outbound', protect(esp)));
    expect(bobWith(protect(esp)).receive(alice.seal(once))).toBe('in-hdr-error');
  });
});

describe('policies for ports', () => {
  const parts = { nextLayerProtocol: 17, remotePort: { first: 5000, last: 5010 } };
  const bob = () => bobWith(protect(esp), parts);
  const to = (destinationPort: number) => udpPacket(countedOctets(64), { destinationPort });

  test('stop the ports in the range and no others', () => {
    const outcomes = [4999, 5000, 5010, 5011].map((port) => bob().receive(to(port)));
    expect(outcomes.map((outcome) => typeof outcome === 'string')).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test('look at the packet inside ESP', () => {
    expect(bob().receive(sealed([esp], to(5000)))).toEqual(to(5000));
    expect(bob().receive(sealed([ah], to(5000)))).toBe('in-tmpl-mismatch');
  });

  test('stop the later fragments of their protocol, which show no ports', () => {
    const fragment = { offset: 8, more: true };
    const later = ipv4Packet({ payload: countedOctets(16), fragment });
    expect(bob().receive(later)).toBe('in-tmpl-mismatch');
    expect(bobWith({ kind: 'discard' }, parts).receive(later)).toBe('in-tmpl-mismatch');
    expect(bobWith({ kind: 'bypass' }, parts).receive(later)).toEqual(later);
    expect(bobWith(protect(layer('esp')), { nextLayerProtocol: 6 }).receive(later)).toEqual(later);
  });

  test('are no concern of ICMP, which has none', () => {
    const anyProtocol = { ...parts, nextLayerProtocol: 'any' as const };
    const echo = echoPacket('request', 1, 8);
    expect(bobWith(protect(esp), anyProtocol).receive(echo)).toEqual(echo);
  });
});

describe('before the ICV is verified', () => {
  test('fragments of AH and ESP are refused: reassembly comes first (RFC 4303 §3.4.1)', () => {
    const bob = bobWith(protect(esp));
    const packet = sealed([esp]);
    packet[6] = 0x20;
    expect(bob.receive(packet)).toBe('in-hdr-error');
    packet.set([0, 1], 6);
    expect(bob.receive(packet)).toBe('in-hdr-error');
  });

  test('an unknown SPI, protocol or destination has no SA', () => {
    const packet = sealed([esp]);
    const unknown = packet.slice();
    unknown[23] = 0x77;
    expect(bobWith(protect(esp)).receive(unknown)).toBe('in-no-states');
    const elsewhere = packet.slice();
    elsewhere[19] = 9;
    expect(bobWith(protect(esp)).receive(elsewhere)).toBe('in-no-states');
    const asAh = ipv4Packet({
      protocol: 51,
      payload: Uint8Array.of(17, 4, 0, 0, 0, 0, 2, 1, ...countedOctets(20)),
    });
    expect(bobWith(protect(esp)).receive(asAh)).toBe('in-no-states');
  });

  test('SPI 0 is malformed', () => {
    const payload = new Uint8Array(40);
    expect(path().receive(ipv4Packet({ protocol: 50, payload }))).toBe('in-hdr-error');
  });

  test('ESP from another address is not what its SA is for, and uses up no number', () => {
    const bob = bobWith(protect(esp));
    const packet = sealed([esp]);
    const moved = packet.slice();
    moved.set(address('192.0.2.1').octets, 12);
    updateIpv4Checksum(moved, 0);
    expect(bob.receive(moved)).toBe('in-state-mismatch');
    expect(bob.receive(packet)).toEqual(CLEAR);
  });

  test('takes AH that is aligned to 64 bits, as Linux makes it', () => {
    const sa = ahSa({ integrity: integrityOf(HMAC_SHA256) });
    const bob = new DataPath(nodeProvider({ octets: new Uint8Array(memoryFor(512)) }));
    bob.commit(addSa(sa));
    const ip = CLEAR.subarray(0, 20);
    const payload = CLEAR.subarray(20);
    // 12 octets, an ICV of 16, 4 of padding
    const wide = new Uint8Array(20 + 32 + payload.length);
    wide.set(ip);
    wide.set(payload, 52);
    setIpv4TotalLength(wide, 0, wide.length);
    setIpv4Protocol(wide, 0, IP_PROTOCOL.ah);
    emitAhHeader(IP_PROTOCOL.udp, 32, sa.spi, 1, wide, 20);
    const counted = wide.slice();
    zeroMutableIpv4(counted, 0);
    const hmac = createHmac('sha256', sa.integrity?.key.expose() ?? '')
      .update(counted)
      .digest();
    wide.set(hmac.subarray(0, 16), 32);
    updateIpv4Checksum(wide, 0);
    expect(bob.receive(wide)).toEqual(CLEAR);
  });

  test('AH of another length than its SA has is malformed', () => {
    const packet = sealed([ah]);
    packet[21] = 5;
    expect(bobWith(protect(ah)).receive(packet)).toBe('in-hdr-error');
  });
});

describe('replay', () => {
  test('of either protocol is refused', () => {
    for (const each of [esp, ah]) {
      const bob = bobWith(protect(each));
      const packet = sealed([each]);
      expect(bob.receive(packet)).toEqual(CLEAR);
      expect(bob.receive(packet)).toBe('in-state-seq-error');
    }
  });

  test('a forged packet does not move the window', () => {
    const bob = bobWith(protect(esp));
    const packet = sealed([esp]);
    const forged = packet.slice();
    forged.set([0x7f, 0xff, 0xff, 0xff], 24);
    expect(bob.receive(forged)).toBe('in-state-proto-error');
    expect(bob.receive(packet)).toEqual(CLEAR);
  });

  test('a dummy packet uses up its number and goes nowhere (RFC 4303 §2.6)', () => {
    const dummy = ipv4Packet({ protocol: 59, payload: countedOctets(20) });
    const packet = sealed([esp], dummy);
    const bob = bobWith(protect(esp));
    expect(bob.receive(packet)).toBe('in-state-proto-error');
    expect(bob.receive(packet)).toBe('in-state-seq-error');
    expect([...bob.databases.sas(0)].at(-1)).toMatchObject({ packets: 0 });
  });
});

describe('padding', () => {
  const nullSa = espSa({ encryption: cipherOf(NULL), integrity: integrityOf(HMAC_SHA1) });

  test('that is longer than the packet is refused, though authentic', () => {
    const seal = new DataPath(nodeProvider({ octets: new Uint8Array(memoryFor(512)) }));
    seal.commit(addSa(nullSa));
    const sa = seal.databases.sad.find(nullSa);
    if (!(sa instanceof Sa) || sa.transform.protocol !== 'esp') throw new Error('Bug: no ESP');
    const memory = nodeProvider({ octets: new Uint8Array(512) });
    const { octets } = memory.memory;
    octets.set([0, 0, 2, 1, 0, 0, 0, 1, 9, 9, 200, 17], 100);
    const mac = memory.integrity(HMAC_SHA1, integrityOf(HMAC_SHA1).key, 12);
    mac.sign(100, 12, 112);
    const packet = ipv4Packet({ protocol: 50, payload: octets.slice(100, 124) });
    expect(seal.receive(packet)).toBe('in-state-proto-error');
  });

  test('that does not count 1, 2, 3 betrays a wrong key where there is no ICV', () => {
    const right = espSa({ integrity: null });
    const wrong = espSa({
      integrity: null,
      encryption: cipherOf(AES_CBC, 9),
    });
    const out = policy('outbound', protect(esp));
    const alice = new DataPath(nodeProvider({ octets: new Uint8Array(memoryFor(512)) }));
    const bob = new DataPath(nodeProvider({ octets: new Uint8Array(memoryFor(512)) }));
    alice.commit(addSa(right), addPolicy(out));
    bob.commit(addSa(wrong), addPolicy(mirrored(out)));
    // The last octet but one would have to be a small number by chance: 1 in 16 or so, once each.
    const outcomes = Array.from({ length: 50 }, () => bob.receive(alice.seal(CLEAR)));
    expect(outcomes.filter((outcome) => typeof outcome === 'string').length).toBeGreaterThan(40);
  });
});

describe('lifetimes', () => {
  const limited = espSa({
    softLifetime: { ...UNLIMITED, seconds: 10 },
    hardLifetime: { ...UNLIMITED, seconds: 20 },
  });

  test('an SA past its hard lifetime neither sends nor receives', () => {
    const out = policy('outbound', protect(esp));
    const alice = new DataPath(nodeProvider({ octets: new Uint8Array(memoryFor(512)) }));
    alice.commit(addSa(limited), addPolicy(out), addPolicy(mirrored(out)));
    const packet = alice.seal(CLEAR, 19_999);
    expect(alice.send(CLEAR, 20_000)).toBe('out-state-expired');
    expect(alice.receive(packet, 20_000)).toBe('in-state-expired');
    expect(alice.receive(packet, 19_999)).toEqual(CLEAR);
  });

  test('both ends count the same octets and packets', () => {
    const alice = path(policy('outbound', protect(esp, ah)));
    const bob = bobWith(protect(esp, ah));
    for (let k = 0; k < 3; k++) bob.receive(alice.seal(CLEAR));
    const usage = (host: DataPath) =>
      [...host.databases.sas(0)].map(({ octets, packets }) => [octets, packets]);
    expect(usage(bob)).toEqual(usage(alice));
    // The ESP SA counts the packet in the clear (the older of the two, so the last).
    expect(usage(alice).at(-1)).toEqual([3 * CLEAR.length, 3]);
  });
});

describe('outbound', () => {
  test('without an SA sends nothing', () => {
    const alice = path(policy('outbound', protect(layer('esp', 'require', 77))));
    expect(alice.send(CLEAR)).toBe('out-no-states');
  });

  test('leaves out optional layers that have no SA, all of them if need be', () => {
    const optional = layer('ah', 'use', 77);
    const alice = path(policy('outbound', protect(esp, optional)));
    expect(bobWith(protect(esp)).receive(alice.seal(CLEAR))).toEqual(CLEAR);
    expect(path(policy('outbound', protect(optional))).send(CLEAR)).toBe('bypass');
  });

  test('puts on nothing when the outer layer has no SA', () => {
    const alice = path(policy('outbound', protect(esp, layer('ah', 'require', 77))));
    expect(alice.send(CLEAR)).toBe('out-no-states');
    expect([...alice.databases.sas(0)].map(({ packets }) => packets)).toEqual([0, 0]);
  });

  test('protects no fragments (RFC 4303 §3.3.4)', () => {
    const alice = path(policy('outbound', protect(esp)));
    for (const fragment of [
      { offset: 0, more: true },
      { offset: 8, more: false },
    ]) {
      const payload = countedOctets(16);
      expect(alice.send(ipv4Packet({ payload, fragment }))).toBe('out-error');
    }
  });

  test('lets no later fragment slip past a policy for ports', () => {
    const port = { first: 5000, last: 5000 };
    const later = ipv4Packet({ payload: countedOctets(16), fragment: { offset: 8, more: false } });
    const parts = { nextLayerProtocol: 17, remotePort: port };
    expect(path(policy('outbound', protect(esp), parts)).send(later)).toBe('out-pol-block');
  });

  test('says discard, bypass and unmatched as the SPD has it', () => {
    expect(path(policy('outbound', { kind: 'discard' })).send(CLEAR)).toBe('out-pol-block');
    expect(path(policy('outbound', { kind: 'bypass' })).send(CLEAR)).toBe('bypass');
    expect(path(policy('inbound', { kind: 'discard' })).send(CLEAR)).toBe('unmatched');
  });

  test('refuses what is no IPv4 packet', () => {
    const alice = path(policy('outbound', protect(esp)));
    for (const octets of [new Uint8Array(0), CLEAR.slice(0, 30), Uint8Array.of(0x60, ...CLEAR)]) {
      expect(alice.send(octets)).toBe('out-error');
    }
  });

  test('refuses a packet that protection makes longer than any may be', () => {
    const provider = nodeProvider({ octets: new Uint8Array(memoryFor(0xffff)) });
    const alice = new DataPath(provider);
    alice.commit(addSa(ESP), addPolicy(policy('outbound', protect(esp))));
    const longest = ipv4Packet({ protocol: 253, payload: countedOctets(0xffff - 20) });
    expect(alice.send(longest)).toBe('out-error');
    // 20 IP + 8 + 16 IV + a multiple of 16 + 16 ICV
    const room = Math.floor((0xffff - 60) / 16) * 16 - 2;
    const fitting = alice.seal(ipv4Packet({ protocol: 253, payload: countedOctets(room) }));
    expect(fitting.length).toBeLessThanOrEqual(0xffff);
    const over = ipv4Packet({ protocol: 253, payload: countedOctets(room + 1) });
    expect(alice.send(over)).toBe('out-error');
  });

  test('stops when the sequence numbers are used up (RFC 4303 §3.3.3)', () => {
    const last = 0xffffffff;
    const provider = nodeProvider({ octets: new Uint8Array(memoryFor(512)) });
    const alice = new DataPath(provider);
    alice.commit(addPolicy(policy('outbound', protect(esp))));
    alice.databases.sad.add(new Sa(ESP, provider, 0, { sent: last - 1, received: 0 }));
    expect(u32(alice.seal(CLEAR), 24)).toBe(last);
    expect(alice.send(CLEAR)).toBe('out-state-seq-error');
    expect([...alice.databases.sas(0)]).toMatchObject([{ sequenceNumber: last, packets: 1 }]);
  });

  test('does not let the sequence number wrap where one SA serves two layers', () => {
    const provider = nodeProvider({ octets: new Uint8Array(memoryFor(512)) });
    const alice = new DataPath(provider);
    alice.commit(addPolicy(policy('outbound', protect(esp, esp))));
    alice.databases.sad.add(new Sa(ESP, provider, 0, { sent: 0xfffffffe, received: 0 }));
    expect(alice.send(CLEAR)).toBe('out-state-seq-error');
  });
});
