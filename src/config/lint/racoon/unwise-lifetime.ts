/**
 * Keys that are negotiated all the time, or hardly ever.
 *
 * @module
 */
import type { Peer } from '../../../ike/peer.ts';
import type { Finding, Rule } from '../rule.ts';
import { type CheckedRacoon, nameOf } from './checked-racoon.ts';

export const UNWISE_LIFETIME: Rule<CheckedRacoon> = {
  code: 'unwise-lifetime',
  form: 'racoon',
  title: 'a lifetime of less than a minute, or of more than a day',
  severity: 'warning',
  reason:
    'Before a lifetime is over a new key is negotiated: below a minute hosts do little else, and a message ' +
    'that is lost ends the connection. Above a day one key, once found, gives away more than it need.',
  *find(file) {
    for (const peer of file.peers) yield* ofPeer(peer, file);
    for (const policy of file.policies) {
      const told = whyUnwise(policy.lifetimeSeconds);
      if (told === null) continue;
      const message = `what ${nameOf(policy)} protects has a key that ${told}`;
      yield { span: file.spanOf(policy, 'lifetime'), message, ...ADVICE };
    }
  },
};

/** One for each lifetime, however many proposals have it. */
function* ofPeer(peer: Peer, file: CheckedRacoon): Generator<Finding> {
  const told = new Set<number>();
  for (const { lifetimeSeconds, origins, at } of peer.transforms) {
    const why = whyUnwise(lifetimeSeconds);
    if (why === null || told.has(lifetimeSeconds)) continue;
    told.add(lifetimeSeconds);
    const block = origins.has('lifetime') ? { origins, at } : peer;
    yield {
      span: file.spanOf(block, 'lifetime'),
      message: `phase 1 with ${nameOf(peer)} ${why}`,
      ...ADVICE,
    };
  }
}

/** A clause without its subject; `null` where nothing is to be said. */
function whyUnwise(seconds: number): string | null {
  if (seconds < SHORTEST_SECONDS) {
    return `is negotiated anew every ${seconds === 1 ? 'second' : `${seconds} seconds`}`;
  }
  return seconds > LONGEST_SECONDS ? `is kept for ${Math.round(seconds / 3600)} hours` : null;
}

const SHORTEST_SECONDS = 60;
const LONGEST_SECONDS = 24 * 3600;
const ADVICE = { expected: 'a minute to a day', fix: 'write lifetime time 8 hour' } as const;
