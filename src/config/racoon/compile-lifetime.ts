/**
 * `lifetime time 8 hour;`, in remotes, proposals and sainfos alike.
 *
 * @module
 */
import { type Arguments, LARGEST_NUMBER } from './arguments.ts';

/** Reads a lifetime, in seconds. Lifetimes in octets are gone: the original refused them too. */
export function readLifetime(words: Arguments): number {
  const start = words.peek();
  if (start.kind === 'number') {
    words.fail('unexpected-token', start, `found ${start.shown} in the place of "time"`, {
      fix: `write time ${start.text}`,
    });
  }
  if (words.choice({ noun: 'kind of lifetime', words: ['time', 'byte'] }) === 'byte') {
    words.fail('byte-lifetime', words.span, 'no lifetime is counted in octets any more', {
      expected: 'lifetime time, a number, and sec, min or hour',
      fix: 'leave it out',
    });
  }
  return words.seconds({ what: 'a lifetime', least: 1, most: LARGEST_NUMBER });
}
