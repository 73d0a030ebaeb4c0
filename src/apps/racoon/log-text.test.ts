import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sharedPath } from '../../../test/support/examples.ts';
import {
  deleted,
  established,
  inboundSa,
  outboundSa,
  pathAt,
  phase1,
  phase2Established,
} from '../../../test/support/ike-events.ts';
import { ALICE, BOB } from '../../../test/support/packets.ts';
import { ahSa, network, selector } from '../../../test/support/sas.ts';
import type { IkeEvent } from '../../ike/event.ts';
import { EventLog } from './event-log.ts';
import { formatEntry } from './log-line.ts';
import { logEntries } from './log-text.ts';

function textsOf(events: readonly IkeEvent[]): string[] {
  return events.flatMap(logEntries).map(formatEntry);
}

/** What racoon logged, without times, from the first line that has `from` to the last that has `to`. */
function captured(file: string, from: string, to: string): string[] | null {
  const path = sharedPath('reference', 'captured', 'racoon', file);
  if (path === null) return null;
  const lines = readFileSync(path, 'utf8').split('\n');
  const start = lines.findIndex((line) => line.includes(from));
  const end = lines.findIndex((line, at) => at >= start && line.includes(to));
  return lines.slice(start, end + 1).map((line) => line.replace(/^[\d-]+ [\d:]+: /, ''));
}

const FIRST = phase1('ff34208fefdad6ce:19ccd36e2449e4ca');
const SAS = [outboundSa(4668007), inboundSa(249537374)];

const MAIN_MODE: readonly IkeEvent[] = [
  { kind: 'phase2-waits', path: pathAt(500) },
  { kind: 'phase1-begun', phase1: FIRST },
  { kind: 'vendor-id', phase1: FIRST, name: 'DPD' },
  established(FIRST),
  { kind: 'initial-contact', phase1: FIRST },
  { kind: 'phase2-begun', phase1: FIRST, role: 'initiator', messageId: 1 },
  phase2Established(FIRST, SAS),
];

test('main mode and quick mode are logged as racoon did', ({ skip }) => {
  const lines = captured('fork-0.9.1-t1.A.log.txt', 'IPsec-SA request', 'spi=4668007');
  skip(lines === null, 'no captures of racoon beside this checkout');
  expect(textsOf(MAIN_MODE)).toEqual(lines);
});

test('a bundle in aggressive mode is logged as racoon did, AH first', ({ skip }) => {
  const lines = captured('fork-0.9.1-t2.A.log.txt', 'IPsec-SA request', 'spi=45063532');
  skip(lines === null, 'no captures of racoon beside this checkout');
  const second = phase1('886377e34496983f:87a443454f019e55', { mode: 'aggressive' });
  const tunnel = { mode: 'tunnel' } as const;
  const sas = [
    inboundSa(14745490, tunnel),
    ahSa({ source: BOB, destination: ALICE, spi: 164145219, ...tunnel }),
    outboundSa(45063532, tunnel),
    ahSa({ source: ALICE, destination: BOB, spi: 21519451, ...tunnel }),
  ];
  const events: readonly IkeEvent[] = [
    { kind: 'phase2-waits', path: pathAt(500) },
    { kind: 'phase1-begun', phase1: second },
    { kind: 'vendor-id', phase1: second, name: 'DPD' },
    established(second),
    { kind: 'initial-contact', phase1: second },
    { kind: 'phase2-begun', phase1: second, role: 'initiator', messageId: 1 },
    phase2Established(second, sas),
  ];
  // Which key was found, and how, is no event.
  expect(textsOf(events)).toEqual(lines?.filter((line) => !line.includes('NOTIFY')));
});

test('an ISAKMP SA that the peer deleted is logged as racoon did', ({ skip }) => {
  const lines = captured('fork-0.9.1-t1.B.log.txt', 'ISAKMP-SA expired', 'ISAKMP-SA deleted');
  skip(lines === null, 'no captures of racoon beside this checkout');
  const path = { local: pathAt(500).remote, remote: pathAt(500).local };
  const theirs = phase1('ff34208fefdad6ce:19ccd36e2449e4ca', { path, role: 'responder' });
  expect(textsOf([deleted(theirs, 'deleted-by-peer')])).toEqual(lines);
});

test('a generated policy is logged as racoon did', ({ skip }) => {
  const lines = captured('fork-0.9.1-t3.B.log.txt', 'no policy found', 'no policy found');
  skip(lines === null, 'no captures of racoon beside this checkout');
  const [localAddress, remoteAddress] = [network('10.2.0.0/16'), network('10.1.0.0/16')];
  const wanted = { ...selector(BOB, ALICE), localAddress, remoteAddress };
  expect(textsOf([{ kind: 'policy-generated', selector: wanted }])).toEqual(lines);
});

test('NATs are named by the side that they are on', () => {
  const nat = (local: boolean, remote: boolean): IkeEvent => ({
    kind: 'nat-detected',
    phase1: FIRST,
    local,
    remote,
  });
  expect(textsOf([nat(true, true), nat(true, false), nat(false, true)])).toEqual([
    'INFO: NAT detected: ME PEER',
    'INFO: NAT detected: ME ',
    'INFO: NAT detected: PEER',
  ]);
});

test('a peer that does not answer has racoon’s line, and one that says what was waited for', () => {
  const begun = phase1('ff34208fefdad6ce:0000000000000000');
  const failure = { kind: 'no-answer', waitingFor: 'the second message' } as const;
  expect(textsOf([{ kind: 'phase1-failed', phase1: begun, failure }])).toEqual([
    'ERROR: phase1 negotiation failed due to time up. ff34208fefdad6ce:0000000000000000',
    '[10.9.0.2] ERROR: the peer did not answer: nothing came while waiting for the second message',
    '[10.9.0.2] ERROR: Is it up, does it know our address, and do packet filters let UDP ports 500 and 4500 through?',
  ]);
});

test('what a peer says makes no line of its own', () => {
  const name = 'x\n2026-01-01 00:00:00: INFO: all is well\x1b[2J';
  expect(textsOf([{ kind: 'vendor-id', phase1: FIRST, name }])).toEqual([
    'INFO: received Vendor ID: x?2026-01-01 00:00:00: INFO: all is well?[2J',
  ]);
});

test('packets that are ignored are told of twenty at a time, and the others counted', () => {
  const lines: string[] = [];
  const log = new EventLog((logged) => lines.push(formatEntry(logged)));
  const ignored: IkeEvent = { kind: 'ignored', path: pathAt(500), reason: 'its cookie is unknown' };
  for (let k = 0; k < 1000; k++) log.tell(ignored, 5_000 + k);
  expect(lines).toHaveLength(20);
  expect(lines[0]).toBe('[10.9.0.2] WARNING: ignore the packet: its cookie is unknown');
  log.tell(ignored, 60_000);
  expect(lines.slice(20)).toEqual(['WARNING: 980 more packets were ignored', lines[0]]);
});

test('of phase 1s that anybody may have begun, two hundred events are told at a time', () => {
  const lines: string[] = [];
  const log = new EventLog((logged) => lines.push(formatEntry(logged)));
  const begun = { ...phase1('ff34208fefdad6ce:0000000000000000'), role: 'responder' } as const;
  const event: IkeEvent = { kind: 'phase1-begun', phase1: begun };
  for (let k = 0; k < 1000; k++) log.tell(event, 5_000 + k);
  const each = textsOf([event]).length;
  expect(lines).toHaveLength(200 * each);
  const ours: IkeEvent = { kind: 'phase1-begun', phase1: { ...begun, role: 'initiator' } };
  log.tell(ours, 6_000);
  expect(lines.length).toBeGreaterThan(200 * each);
  lines.length = 0;
  log.tell(event, 60_000);
  expect(lines[0]).toBe('WARNING: 800 more events of phase 1s that others began were not logged');
});

test('a message that a phase 1 was not ended by is a warning, with the reason', () => {
  const failure = { kind: 'undecipherable', isOfPreSharedKey: true } as const;
  const told = textsOf([{ kind: 'phase1-doubted', phase1: FIRST, failure }]);
  expect(told[0]).toBe(
    '[10.9.0.2] WARNING: phase 1 waits for another message: ' +
      'a message deciphers to nonsense: the pre-shared keys differ',
  );
  expect(told[1]).toMatch(/^\[10\.9\.0\.2\] WARNING: .*Compare the keys of both sides/);
});
