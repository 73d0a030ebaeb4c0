import { expect, test } from 'vitest';
import { ALICE, BOB } from '../../../test/support/packets.ts';
import type { UdpEnd } from '../../ipsec/sa-parameters.ts';
import { IkeRelay, MOST_WAITING, type RelayParts } from './ike-relay.ts';
import type { FromRelay } from './messages.ts';

const HERE: UdpEnd = { address: ALICE, port: 4500 };
const THERE: UdpEnd = { address: BOB, port: 31234 };
const MESSAGE = Uint8Array.of(1, 2, 3);
const NOW = 1000;

/** A relay with what it told, sent and had opened. */
function bench({ refusal }: { readonly refusal?: string } = {}) {
  const told: FromRelay[] = [];
  const sent: [UdpEnd, UdpEnd, Uint8Array][] = [];
  const admitted: (readonly UdpEnd[])[] = [];
  const parts: RelayParts = {
    engine: {
      admit: (ends) => {
        if (refusal !== undefined) throw new Error(refusal);
        admitted.push(ends);
      },
      sendDatagram: (source, destination, payload) => {
        sent.push([source, destination, payload]);
        return true;
      },
    },
    network: {
      shareWithIke: (ends) => ends.slice(1).map((end) => ({ end, reason: 'It is taken' })),
    },
  };
  const relay = new IkeRelay((message) => told.push(message));
  return { relay, parts, told, sent, admitted };
}

test('messages are handed on as they were, together', () => {
  const { relay, told } = bench();
  const octets = MESSAGE.slice();
  expect(relay.offer(HERE, THERE, octets)).toBe(true);
  expect(relay.offer(HERE, THERE, octets.subarray(1))).toBe(true);
  octets.fill(0xa5);
  expect(told).toEqual([]);
  relay.flush();
  relay.flush();
  const path = { local: HERE, remote: THERE };
  expect(told).toEqual([
    {
      kind: 'ike',
      datagrams: [
        { path, message: MESSAGE },
        { path, message: MESSAGE.subarray(1) },
      ],
    },
  ]);
});

test('only so many wait for who does not take them', () => {
  const { relay, parts } = bench();
  const offered = (count: number) =>
    Array.from({ length: count }, () => relay.offer(HERE, THERE, MESSAGE)).filter(Boolean).length;
  expect(offered(10)).toBe(10);
  relay.flush();
  expect(offered(MOST_WAITING)).toBe(MOST_WAITING - 10);
  relay.flush();
  relay.take({ kind: 'ike-taken', count: 10 }, parts, NOW);
  expect(offered(100)).toBe(10);
});

test('what IKE sends goes behind a non-ESP marker, unless nothing could carry it', () => {
  const { relay, parts, sent } = bench();
  const path = { local: HERE, remote: THERE };
  relay.take({ kind: 'send-ike', path, message: MESSAGE }, parts, NOW);
  relay.take({ kind: 'send-ike', path, message: new Uint8Array(0xffff) }, parts, NOW);
  expect(sent).toEqual([[HERE, THERE, Uint8Array.of(0, 0, 0, 0, ...MESSAGE)]]);
});

test('ports of both kinds are let past the policies, and it is told which could not be opened', () => {
  const { relay, parts, told, admitted } = bench();
  const taken: UdpEnd = { address: BOB, port: 4500 };
  const plain: UdpEnd = { address: ALICE, port: 500 };
  const message = { kind: 'ike-ports', id: 7, shared: [HERE, taken], plain: [plain] } as const;
  relay.take(message, parts, NOW);
  expect(admitted).toEqual([[HERE, taken, plain]]);
  const closed = [{ end: taken, reason: 'It is taken' }];
  expect(told).toEqual([{ kind: 'ike-ports', id: 7, closed, failure: null }]);
});

test('a guard that cannot be changed is told, and no reason to end', () => {
  const { relay, parts, told } = bench({ refusal: 'Cannot install the rules' });
  relay.take({ kind: 'ike-ports', id: 1, shared: [HERE], plain: [] }, parts, NOW);
  expect(told).toMatchObject([{ id: 1, failure: 'Cannot install the rules' }]);
});
