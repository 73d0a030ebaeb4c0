/**
 * Tunnels in tunnels in tunnels: as many as a policy may ask for, and more.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';
import { MOST_TEMPLATES } from '../../../src/ipsec/validity.ts';
import { EnginePair } from '../../support/engine-pair.ts';
import {
  becomes,
  bobsSas,
  outermostSa,
  PROTECTIONS,
  smallPacket,
} from '../../support/protections.ts';
import { addPolicy, addSa, mirrored, networkPolicy, protect, tunnel } from '../../support/sas.ts';
import { sealingPackets } from '../../support/sealing.ts';

const tunnels = PROTECTIONS.filter(({ layers }) => layers[0]?.tunnel !== undefined);

describe.each(tunnels)('$name', (protection) => {
  const sa = outermostSa(protection);
  const packet = smallPacket(protection);
  const everybody = protection.inner === 4 ? '0.0.0.0/0' : '::/0';

  /** Bob, who asks for so many tunnels. */
  function asking(times: number): EnginePair {
    const { protocol, source, destination } = sa;
    const layers = new Array(times).fill(tunnel(protocol, source, destination));
    const out = networkPolicy('outbound', protect(...layers), everybody, everybody);
    const pair = new EnginePair();
    pair.commit([], [addSa(sa), addPolicy(mirrored(out))]);
    return pair;
  }

  /** The packet in so many tunnels, the outermost of which is number 1. */
  function nested(times: number): Uint8Array {
    const seal = sealingPackets(sa);
    let octets = packet;
    for (let number = times; number > 0; number--) octets = seal(number, octets);
    return octets;
  }

  test('as deep as a policy may ask for', () => {
    const pair = asking(MOST_TEMPLATES);
    expect(becomes(pair, nested(MOST_TEMPLATES))).toEqual(packet);
  });

  test.each([7, 8, 12])('%i deep is refused, however authentic', (times) => {
    const pair = asking(MOST_TEMPLATES);
    pair.wire.mtu = 0xffff;
    expect(becomes(pair, nested(times))).toBe('in-hdr-error');
    // The layers that were taken off have carried something all the same.
    expect(bobsSas(pair)).toMatchObject([{ packets: MOST_TEMPLATES, sequenceNumber: 6 }]);
  });

  test('deeper, or less deep, than the policy asks for is not let in', () => {
    const pair = asking(2);
    expect(becomes(pair, nested(3))).toBe('in-tmpl-mismatch');
    expect(becomes(asking(2), nested(1))).toBe('in-tmpl-mismatch');
    expect(becomes(asking(2), nested(2))).toEqual(packet);
  });
});
