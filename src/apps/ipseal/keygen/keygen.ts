/**
 * `ipseal keygen`: new keys, of the length that their algorithm wants, in the form of the file that
 * they go into.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import {
  ifcfgLines,
  ifcfgRoles,
  keyClause,
  keyDigits,
  type NewKey,
} from '../../../config/new-keys.ts';
import { isCounterMode } from '../../../crypto/algorithm.ts';
import { formatKeyBits } from '../../../crypto/key-lengths.ts';
import { newKey, newKeyBits, newPreSharedKey, type RandomOctets } from '../../../crypto/new-key.ts';
import { UsageError } from '../../getopt.ts';
import { writePrivateFiles } from '../../private-file.ts';
import { complain } from '../complain.ts';
import { algorithmNamed } from './algorithm.ts';

export interface KeygenOptions {
  readonly bits?: string;
  readonly format?: string;
  readonly json?: boolean;
  /** The file to write to; standard output where there is none. */
  readonly output?: string;
  readonly force?: boolean;
}

/** What `--json` prints. */
export interface KeygenReport {
  readonly version: 1;
  readonly keys: readonly {
    readonly algorithm: string;
    readonly bits: number;
    /** `0x` and hexadecimal digits. */
    readonly key: string;
  }[];
}

/** What nobody has to choose. */
const DEFAULT_ALGORITHMS = ['aes-cbc', 'hmac-sha256'];

/** From the system's generator. */
export const systemRandom: RandomOctets = (length) => new Uint8Array(randomBytes(length));

/** Makes a key for each of `names`; resolves with the exit status. Throws `UsageError`. */
export async function keygen(names: readonly string[], options: KeygenOptions): Promise<number> {
  const text = textOf(names, options);
  if (options.output === undefined) process.stdout.write(text);
  else writePrivateFiles([{ path: options.output, text }], options.force === true);
  return 0;
}

function textOf(names: readonly string[], options: KeygenOptions): string {
  const format = options.format ?? 'hex';
  if (format === 'psk') {
    if (names.length > 0) throw new UsageError('a pre-shared key is for no algorithm: name none');
    if (options.bits !== undefined) throw new UsageError('a pre-shared key has 256 bits');
    return `${newPreSharedKey(systemRandom)}\n`;
  }
  const wanted = (names.length === 0 ? DEFAULT_ALGORITHMS : names).map((name) =>
    sized(name, options.bits, names.length === 1),
  );
  const make = (): NewKey[] =>
    wanted.map(({ algorithm, bits }) => ({
      algorithm,
      key: newKey(algorithm, bits, systemRandom),
    }));
  warnOf(wanted.map(({ algorithm }) => algorithm));
  if (options.json === true) return `${JSON.stringify(reportOf(make()))}\n`;
  switch (format) {
    case 'hex':
      return linesOf(make().map(keyDigits));
    case 'setkey':
      return linesOf(make().map(keyClause));
    case 'ifcfg':
      return linesOf(ifcfg(make(), make()));
    default:
      throw new UsageError(`"${format}" is not a format: write hex, setkey, ifcfg or psk`);
  }
}

/**
 * The algorithm called `name` and the bits of its key: as `bitsText` says, which among several algorithms
 * is about those that have a choice.
 */
function sized(name: string, bitsText: string | undefined, isAlone: boolean) {
  const algorithm = algorithmNamed(name);
  const { keyBits } = algorithm;
  const [only] = keyBits;
  if (only === undefined) throw new UsageError(`${algorithm.name} has no key`);
  if (keyBits.length === 1 && !isAlone) return { algorithm, bits: only };
  const bits = newKeyBits(algorithm, bitsText === undefined ? null : Number(bitsText));
  if (bits !== undefined) return { algorithm, bits };
  const lengths = formatKeyBits(keyBits);
  throw new UsageError(`${algorithm.name} has no key of ${bitsText} bits, but of ${lengths}`);
}

function ifcfg(inbound: readonly NewKey[], outbound: readonly NewKey[]): readonly string[] {
  const roles = ifcfgRoles(inbound.map(({ algorithm }) => algorithm));
  if (roles === null) {
    throw new UsageError('ifcfg files have one cipher, its integrity algorithm, and one of AH');
  }
  return ifcfgLines(
    roles.map((role, at) => ({
      role,
      inbound: inbound[at] as NewKey,
      outbound: outbound[at] as NewKey,
    })),
  );
}

function reportOf(keys: readonly NewKey[]): KeygenReport {
  return {
    version: 1,
    keys: keys.map(({ algorithm, key }) => ({
      algorithm: algorithm.name,
      bits: key.bits,
      key: keyDigits({ key }),
    })),
  };
}

/** Says on standard error what speaks against `algorithms` with keys from a file. */
export function warnOf(algorithms: readonly NewKey['algorithm'][]): void {
  for (const algorithm of new Set(algorithms)) {
    const { name, weakness } = algorithm;
    if (weakness !== null) complain(`warning: ${name} is weak: ${weakness}`);
    if (algorithm.kind === 'integrity' || !isCounterMode(algorithm)) continue;
    complain(`warning: ${name} is ${COUNTER_MODE}`);
  }
}

/** RFC 8221 §3 */
const COUNTER_MODE =
  'not for keys in files: after a restart, IVs may repeat under the same key, and give what it hides away';

function linesOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
