/**
 * The extensions of `add`: `-m`, `-u`, `-r`, `-f`, `-esp_frag` and the lifetimes.
 *
 * @module
 */
import { type Lifetime, UNLIMITED } from '../../ipsec/lifetime.ts';
import type { IpsecProtocol, Mode } from '../../ipsec/policy.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import type { Report } from '../diagnostic.ts';
import { type Bounds, readChoice, readNumber } from '../read-word.ts';
import type { AddStatement, Extension, SaReference, Word } from './syntax.ts';

export type SaExtensions = Pick<
  SaParameters,
  'mode' | 'reqid' | 'replayWindow' | 'softLifetime' | 'hardLifetime'
>;

/** Compiles the extensions of an `add`. When one is given twice, the last counts. */
export function compileExtensions(
  { extensions, protocol: { name } }: AddStatement,
  protocol: IpsecProtocol,
  report: Report,
): SaExtensions | undefined {
  const given = lastOfEach(extensions, report);
  const mode = compileMode(given.get('-m'), report);
  const reqid = numberOf(given.get('-u'), REQID, report);
  const replayWindow = numberOf(given.get('-r'), REPLAY_WINDOW, report);
  const hardLifetime = compileLifetime(given.get('-lh'), given.get('-bh'), report);
  const softLifetime = compileLifetime(given.get('-ls'), given.get('-bs'), report);
  const paddings = extensions.filter(({ option }) => option.text === '-f');
  const padding = paddings.map(({ value }) => readPadding(value, report));
  const fragment = compileFragment(given.get('-esp_frag'), name, report);
  if (mode === undefined || reqid === undefined || replayWindow === undefined) return undefined;
  if (hardLifetime === undefined || softLifetime === undefined) return undefined;
  if (padding.includes(undefined) || fragment === undefined) return undefined;
  const window = given.get('-r');
  if (protocol !== 'ipcomp' || window === undefined) {
    return { mode, reqid, replayWindow, softLifetime, hardLifetime };
  }
  const message = 'IPComp has no sequence numbers, and -r has no effect';
  report.warning('no-effect', window.span, message, { fix: 'leave -r out' });
  return { mode, reqid, replayWindow: 0, softLifetime, hardLifetime };
}

/** Compiles `-m` and `-u` of a `getspi`, and warns of what else stands there. */
export function compileBinding(
  statement: SaReference,
  report: Report,
): Pick<SaExtensions, 'mode' | 'reqid'> | undefined {
  const given = lastOfEach(statement.extensions, report);
  const mode = compileMode(given.get('-m'), report);
  const reqid = numberOf(given.get('-u'), REQID, report);
  ignoreExtensions(statement, report, 'write it into the add', ['-m', '-u']);
  return mode === undefined || reqid === undefined ? undefined : { mode, reqid };
}

/** Warns of extensions that play no part: all but `counting`. */
export function ignoreExtensions(
  statement: SaReference,
  report: Report,
  fix = 'leave it out: destination, protocol and SPI name the SA',
  counting: readonly string[] = [],
): void {
  const { securityContexts } = statement;
  const extensions = statement.extensions.filter(({ option }) => !counting.includes(option.text));
  const given = [
    ...extensions.map(({ option, value }) => ({ option, last: value })),
    ...securityContexts.map(({ option, label }) => ({ option, last: label })),
  ];
  for (const { option, last } of given) {
    const span = { start: option.span.start, end: last.span.end };
    const message = `${option.text} plays no part in ${statement.kind}`;
    report.warning('extension-ignored', span, message, { fix });
  }
}

function lastOfEach(extensions: readonly Extension[], report: Report): Map<string, Word> {
  const given = new Map<string, Word>();
  for (const { option, value } of extensions) {
    if (given.has(option.text) && option.text !== '-f') {
      const message = `${option.text} is given again, and only this one counts`;
      report.warning('repeated-option', option.span, message);
    }
    given.set(option.text, value);
  }
  return given;
}

/** `any` is stored as transport mode, as Linux does. */
function compileMode(word: Word | undefined, report: Report): Mode | undefined {
  if (word === undefined) return 'transport';
  const mode = readChoice(word, { noun: 'mode', words: ['transport', 'tunnel', 'any'] }, report);
  return mode === 'any' ? 'transport' : mode;
}

function compileLifetime(
  seconds: Word | undefined,
  octets: Word | undefined,
  report: Report,
): Lifetime | undefined {
  const time = numberOf(seconds, SECONDS, report);
  const use = numberOf(octets, OCTETS, report);
  if (time === undefined || use === undefined) return undefined;
  return { ...UNLIMITED, seconds: time, octets: use };
}

/** 0 when nothing was said. */
function numberOf(word: Word | undefined, bounds: Bounds, report: Report): number | undefined {
  return word === undefined ? 0 : readNumber(word, bounds, report);
}

/**
 * What ESP pads with (RFC 4303 §2.4) and whether its sequence numbers may begin anew (§3.3.3). Linux
 * always pads 1, 2, 3, ... and never begins anew, whatever it is told, and so does ipseal:
 * `seq-pad` and `nocyclic-seq` ask for what happens anyhow. No receiver minds the other two being
 * left undone, so that they are worth a warning and no more.
 */
function readPadding(word: Word, report: Report): string | undefined {
  const padding = readChoice(word, PADDING, report);
  if (padding === 'zero-pad' || padding === 'random-pad') {
    report.warning('padding-ignored', word.span, `${padding} has no effect on Linux`, {
      expected: 'seq-pad, which is how ESP is padded (RFC 4303 §2.4)',
      fix: 'leave it out',
    });
  }
  return padding;
}

/** `null` when nothing was said: neither the kernel nor ipseald cuts ESP in UDP to a length. */
function compileFragment(
  length: Word | undefined,
  protocol: Word,
  report: Report,
): number | null | undefined {
  if (length === undefined) return null;
  if (protocol.text !== 'esp-udp') {
    const message = `-esp_frag goes with esp-udp, and not with ${protocol.text}`;
    return report.error('unfitting-option', length.span, message, {
      fix: 'leave it out, or write esp-udp',
    });
  }
  report.warning('no-effect', length.span, '-esp_frag has no effect on Linux', {
    fix: 'leave it out, and set the MTU of the path',
  });
  return readNumber(length, FRAGMENT, report);
}

const PADDING = {
  noun: 'way of padding',
  words: ['zero-pad', 'random-pad', 'seq-pad', 'nocyclic-seq'],
} as const;

const REQID: Bounds = { what: 'a reqid', least: 0, most: 0xffffffff };
/** In packets; Linux has room for no more (XFRMA_REPLAY_ESN_MAX). */
const REPLAY_WINDOW: Bounds = { what: 'a replay window', least: 0, most: 4096 };
const FRAGMENT: Bounds = { what: 'the length of a fragment', least: 0, most: 0xffff };
const SECONDS: Bounds = { what: 'a number of seconds', least: 0, most: 2 ** 48 };
const OCTETS: Bounds = { what: 'a number of octets', least: 0, most: Number.MAX_SAFE_INTEGER };
