import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sharedPath } from '../../../test/support/examples.ts';
import {
  deleted,
  established,
  inboundSa,
  outboundSa,
  phase1,
  phase2Established,
} from '../../../test/support/ike-events.ts';
import { peerOf, proposalText } from '../../../test/support/ike-peers.ts';
import type { IkeEvent } from '../../ike/event.ts';
import { eventText, shownEvents } from './event-text.ts';

const SA = phase1('ff34208fefdad6ce:19ccd36e2449e4ca');

const textsOf = (events: readonly IkeEvent[]) => events.flatMap(shownEvents).map(eventText);

test('a phase 1 from its begin to its end is told as racoonctl told it', ({ skip }) => {
  const path = sharedPath('reference', 'captured', 'racoon', 'fork-0.9.1-t1.A.events.txt');
  skip(path === null, 'no captures of racoon beside this checkout');
  const sas = [inboundSa(1000), outboundSa(2000)];
  const told = textsOf([
    { kind: 'phase1-begun', phase1: SA },
    established(SA),
    phase2Established(SA, sas),
    deleted(SA, 'deleted-by-us'),
  ]);
  const lines = path === null ? [] : readFileSync(path, 'utf8').trimEnd().split('\n');
  expect([...told, ...told]).toEqual(lines);
});

test('with mode config, its end is told when it came', () => {
  const proposal = proposalText('aes 256, sha256, pre_shared_key, 14');
  const peer = peerOf(`remote 10.9.0.2 { exchange_mode main; mode_cfg on; ${proposal} }`);
  const client = { ...SA, peer };
  const ends = '10.9.0.1[500] -> 10.9.0.2[500]';
  expect(textsOf([established(client), { kind: 'mode-config-done', phase1: client }])).toEqual([
    `Phase 1 established : ${ends}`,
    `Phase 1 mode configuration done : ${ends}`,
  ]);
});

test.each([
  [{ kind: 'no-answer', waitingFor: 'x' }, 'Phase 1 error: peer not responding'],
  [{ kind: 'notified', notification: 'NO-PROPOSAL-CHOSEN' }, 'Phase 1 error: no proposal chosen'],
] as const)('%o is told as %s', (failure, text) => {
  const told = textsOf([{ kind: 'phase1-failed', phase1: SA, failure }]);
  expect(told).toEqual([`${text} : 10.9.0.1[500] -> 10.9.0.2[500]`]);
});

test('a dead peer is an error, and then the end of its phase 1', () => {
  const ends = '10.9.0.1[500] -> 10.9.0.2[500]';
  expect(textsOf([deleted(SA, 'dead-peer')])).toEqual([
    `Phase 1 error: dead peer detected : ${ends}`,
    `Phase 1 deleted : ${ends}`,
  ]);
});
