import { expect, test } from 'vitest';
import { ike, ipv4, udp } from '../../test/support/sample-packets.ts';
import { LINK_TYPE_OF } from '../wire/pcap.ts';
import { dissect } from './dissect.ts';
import { IkeInitiators, type IkeSender } from './ike-initiators.ts';

const initiators = () => {
  const kept = new IkeInitiators();
  return (message: Uint8Array, backwards = false): IkeSender => {
    const packet = ipv4(17, udp(500, 500, message));
    if (backwards) packet.copyWithin(12, 12, 20).set([10, 9, 0, 2, 10, 9, 0, 1], 12);
    const ip = dissect(packet, LINK_TYPE_OF.RAW);
    if (ip.kind !== 'ipv4' || ip.payload.kind !== 'udp') throw new Error(ip.kind);
    if (ip.payload.payload.kind !== 'ike') throw new Error(ip.payload.payload.kind);
    return kept.senderOf(ip.payload.payload, ip);
  };
};

test('who sent the first message of an SA began it, and the other answers', () => {
  const senderOf = initiators();
  expect(senderOf(ike(1, 2, 0, { responderSpi: 9 }))).toBe('unknown');
  expect(senderOf(ike(1, 2, 0))).toBe('initiator');
  expect(senderOf(ike(1, 2, 0, { responderSpi: 9 }), true)).toBe('responder');
  expect(senderOf(ike(1, 2, 0, { responderSpi: 9 }))).toBe('initiator');
});

test('no more than twenty SAs are remembered', () => {
  const senderOf = initiators();
  senderOf(ike(1, 1, 0));
  for (let exchange = 2; exchange <= 21; exchange++) senderOf(ike(1, exchange, 0));
  expect(senderOf(ike(1, 1, 0, { responderSpi: 9 }))).toBe('unknown');
  expect(senderOf(ike(1, 21, 0, { responderSpi: 9 }))).toBe('initiator');
});
