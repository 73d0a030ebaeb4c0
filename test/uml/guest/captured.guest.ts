/**
 * The files that setkey 0.8 carried out in this kernel, carried out by ours: the same SAD and SPD, and
 * the same statements refused, statement by statement (`--keep-going`).
 *
 * @module
 */
import { beforeEach, expect, test } from 'vitest';
import { blocksOf } from '../../support/setkey-capture.ts';
import { type CapturedRun, capturedRuns } from '../../support/setkey-error-capture.ts';
import { ipXfrm, sh } from './commands.ts';
import { runSetkey } from './setkey.ts';

/** Files that we do not carry out, with the code of each complaint. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  // The original cut the SPI off to 32 bits, and wrote down SPIs that mean nothing on the wire.
  'e05-spi-too-big': ['out-of-range'],
  'e06-spi-dec-overflow': ['out-of-range'],
  'e07-spi-reserved': ['spi-reserved'],
  'e08-spi-zero': ['spi-zero'],
  // These the kernel refused the original, one by one.
  'e20-prefix-33': ['out-of-range'],
  'e25-tagged': ['not-on-linux'],
  'e34-lzs': ['algorithm-gone'],
  'e35-oui': ['algorithm-gone'],
  'e60-ah-with-E': ['missing-algorithm', 'unfitting-algorithm'],
  'e61-esp-only-A': ['missing-algorithm'],
  // Linux has one ESP: what the old names said was lost without a word.
  'e30-desderiv': ['algorithm-gone', 'protocol-gone'],
  // The original took another number, and let everything pass in the clear.
  'e50-unique-range': ['out-of-range', 'no-rules'],
};

/** What the original printed otherwise, put right. */
const PUT_RIGHT: Readonly<Record<string, (run: CapturedRun) => readonly string[]>> = {
  // PF_KEY has 8 bits for the window, and Linux took 32 of them; netlink has room.
  'e65-replay-big': ({ entries }) =>
    entries.map((entry, at) => entry.replace('replay=32', `replay=${at === 0 ? 64 : 300}`)),
  // The reply to "flush esp" was taken for that to a later "dump", and "dump ah" was never printed.
  'e57-flush-proto': ({ entries }) => [...entries, ...entries],
  // "deleteall" removed SAs of other protocols and directions, and left some of those it was for.
  'e37-deleteall': () => [
    expect.stringMatching(/^192\.0\.2\.2 192\.0\.2\.1 \n\tesp mode=transport spi=769/),
    expect.stringMatching(/^192\.0\.2\.1 192\.0\.2\.2 \n\tah mode=transport spi=769/),
  ],
};

beforeEach(() => {
  sh('ip xfrm state flush; ip xfrm policy flush');
});

const RUNS = capturedRuns().filter(({ status }) => status === 0);

test.each(RUNS.filter(({ name }) => !(name in REFUSED)))('$name', async (run) => {
  const { printed, codes, refusedLines } = await runSetkey(run.text);
  expect(codes).toEqual([]);
  expect(blocksOf(printed)).toEqual(PUT_RIGHT[run.name]?.(run) ?? run.entries);
  expect(refusedLines).toEqual(run.refusedLines);
});

test.each(RUNS.filter(({ name }) => name in REFUSED))('$name is refused', async (run) => {
  expect(await runSetkey(run.text)).toMatchObject({ printed: '', codes: REFUSED[run.name] });
  expect([ipXfrm('state'), ipXfrm('policy')]).toEqual([[], []]);
});
