/**
 * What the files of two peers can disagree about.
 *
 * @module
 */
import type { RuleEntry } from '../lint/rule.ts';
import type { Span } from '../source.ts';

/** One thing that the two files say differently, with its place in each. */
export interface Difference {
  readonly code: PeerCode;
  /** As a clause, of both files. Never quotes a key. */
  readonly message: string;
  /** In the first file; `null` where it says nothing of it. */
  readonly here: Span | null;
  /** In the second file. */
  readonly there: Span | null;
  readonly fix: string;
}

/** What may be told of two files, for tables. */
export const PEER_ENTRIES = [
  entry(
    'peer-missing-sa',
    'an SA is in one file only',
    'Both hosts need both SAs of a pair: one sends with it, the other takes what comes.',
  ),
  entry(
    'peer-spi',
    'an SA has another SPI in the other file',
    'The receiver finds the SA by the SPI in the packet (RFC 4301 §4.1): with another, packets are discarded as in-no-states.',
  ),
  entry(
    'peer-mode',
    'an SA is for transport mode in one file, for tunnel mode in the other',
    'The receiver discards what comes in the other mode.',
  ),
  entry(
    'peer-algorithm',
    'an SA has different algorithms',
    'What one enciphers or signs the other cannot open: packets are discarded.',
  ),
  entry(
    'peer-icv-length',
    'an SA has different lengths of its ICV',
    'Plain hmac-sha256 is 96 bits with setkey on Linux and 128 elsewhere; hosts that differ discard each other’s packets.',
  ),
  entry(
    'peer-key',
    'an SA has different keys',
    'Packets fail their integrity check, or come out as noise. The keys are compared and not shown.',
  ),
  entry(
    'peer-encapsulation',
    'an SA is in UDP in one file only, or with other ports',
    'The packets come to a port or a protocol that nobody waits for.',
  ),
  entry(
    'peer-missing-policy',
    'a policy has no mirror image in the other file',
    'What one host protects the other must ask for, and the other way round.',
  ),
  entry(
    'peer-direction',
    'a policy is the same in both files, in and out not turned round',
    'What leaves one host comes to the other: "out" here is "in" there. Mostly the file was copied.',
  ),
  entry(
    'peer-action',
    'a policy protects in one file, and passes or discards in the other',
    'One host discards what the other sends.',
  ),
  entry(
    'peer-rules',
    'a policy asks for other layers than its mirror image',
    'Protocol, mode, ends and order of the rules are checked on arrival (RFC 4301 §5.2).',
  ),
  entry(
    'peer-level',
    'a rule says use in one file, and require in the other',
    'The host that says use takes and sends in the clear, and the other discards it.',
  ),
] as const satisfies readonly RuleEntry[];

export type PeerCode = (typeof PEER_ENTRIES)[number]['code'];

function entry<Code extends string>(code: Code, title: string, reason: string) {
  return { code, form: 'setkey', title, severity: 'error', reason } as const;
}
