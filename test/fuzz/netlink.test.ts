/**
 * Every parser of NETLINK_XFRM on a hundred thousand messages that no kernel would tell: real ones
 * with octets changed, cut off, repeated and moved, and with another's type. Nothing may throw, and
 * nothing may grow beyond what was read. The octets come from a seed and so come again.
 */
import { expect, test } from 'vitest';
import { emitNetlinkMessage, parseNetlinkMessages } from '../../src/netlink/nlmsg.ts';
import { XFRM_MSG } from '../../src/netlink/xfrm-constants.ts';
import { parseXfrmSadInfo, parseXfrmSpdInfo } from '../../src/netlink/xfrm-database-info.ts';
import { parseXfrmEvent, type XfrmEvent } from '../../src/netlink/xfrm-event.ts';
import { Malformed } from '../../src/octets/malformed.ts';
import { join } from '../support/sample-packets.ts';
import { XFRM_TOLD } from '../support/xfrm-messages.ts';

const ROUNDS = 100_000;
const MOST_OCTETS = 2_000;
const MESSAGES = Object.values(XFRM_TOLD);
const PAYLOADS = MESSAGES.map(({ payload }) => payload);
const TYPES = Object.values(XFRM_MSG);

type Draw = (bound: number) => number;

/** Numbers below `bound`, the same every time (mulberry32). */
function numbers(seed: number): Draw {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

function changed(octets: Uint8Array, draw: Draw): Uint8Array {
  const at = draw(octets.length + 1);
  switch (draw(5)) {
    case 0:
      return octets.slice(0, at);
    case 1:
      return octets.fill(EDGES[draw(EDGES.length)] ?? 0, at, at + 1 + draw(4));
    case 2: {
      const other = PAYLOADS[draw(PAYLOADS.length)] ?? octets;
      const from = draw(other.length + 1);
      return join(octets.subarray(0, at), other.subarray(from)).slice(0, MOST_OCTETS);
    }
    case 3:
      return octets.fill(draw(256), at, at + 1);
    default:
      return octets.map((octet, k) => (k === at ? octet ^ (1 << draw(8)) : octet));
  }
}

/** Octets that sit at the edges of fields. */
const EDGES = [0x00, 0x01, 0x02, 0x03, 0x04, 0x08, 0x14, 0x17, 0x18, 0x40, 0x7f, 0x80, 0xff];

/** A real payload after up to four changes, under its own type or another. */
function messageFrom(draw: Draw): { readonly type: number; readonly payload: Uint8Array } {
  const which = draw(MESSAGES.length);
  let payload: Uint8Array = (PAYLOADS[which] ?? new Uint8Array(0)).slice();
  for (let changes = draw(5); changes > 0; changes--) payload = changed(payload, draw);
  const type = draw(8) === 0 ? TYPES[draw(TYPES.length)] : MESSAGES[which]?.type;
  return { type: type ?? 0, payload };
}

/** What stands in lists of an event: never more than the octets had room for. */
function listed(event: XfrmEvent): number {
  if ('sa' in event) return event.sa.replay.bitmap.length * 4;
  if ('policy' in event) return event.policy.templates.length * 64;
  if ('acquire' in event) return event.acquire.policy.templates.length * 64;
  if ('migration' in event) return event.migration.moves.length * 76;
  if ('counters' in event) return (event.counters.replay?.bitmap.length ?? 0) * 4;
  return 0;
}

test(`no message of NETLINK_XFRM throws, in ${ROUNDS} rounds`, () => {
  const draw = numbers(0x19980402);
  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const { type, payload } = messageFrom(draw);
    try {
      const event = parseXfrmEvent({ type, payload, flags: 0, sequence: 0 });
      seen.add(event instanceof Malformed ? event.what : event.kind);
      if (!(event instanceof Malformed) && listed(event) > payload.length) {
        throw new RangeError(`${listed(event)} octets from ${payload.length}`);
      }
      parseXfrmSadInfo(payload);
      parseXfrmSpdInfo(payload);
    } catch (cause) {
      throw new Error(`on ${type} ${Buffer.from(payload).toString('hex')}`, { cause });
    }
  }
  expect([...seen]).toEqual(expect.arrayContaining([...KINDS]));
});

const KINDS: readonly XfrmEvent['kind'][] = [
  'new-sa',
  'updated-sa',
  'deleted-sa',
  'flushed-sas',
  'expired-sa',
  'acquire',
  'new-policy',
  'updated-policy',
  'deleted-policy',
  'flushed-policies',
  'expired-policy',
  'default-actions',
  'replay-event',
  'report',
  'migrate',
  'mapping',
  'unknown',
];

test('no datagram of netlink throws', () => {
  const draw = numbers(0x19980403);
  for (let round = 0; round < ROUNDS / 10; round++) {
    let datagram: Uint8Array = new Uint8Array(0);
    for (let messages = 1 + draw(3); messages > 0; messages--) {
      datagram = join(datagram, emitNetlinkMessage({ ...messageFrom(draw), flags: 0 }, round));
    }
    const messages = parseNetlinkMessages(changed(datagram, draw));
    if (messages instanceof Malformed) continue;
    for (const message of messages) parseXfrmEvent(message);
  }
});
