/**
 * The command line of `plainrsa-gen`.
 *
 * @module
 */
import { parseOptions, UsageError } from '../getopt.ts';

export const USAGE = `usage: plainrsa-gen [-b BITS] [-e EXPONENT] [-f FILE]
       plainrsa-gen -i PEMFILE [-f FILE]

Makes an RSA key without a certificate, for certificate_type plain_rsa in racoon.conf.

  -b BITS      how long it is (2048)
  -e EXPONENT  the public exponent, an odd number (0x10001)
  -f FILE      where to write it, for nobody but you to read; to standard output unless given
  -i PEMFILE   write the key of this file, private or public, instead of a new one
  -h           print this
`;

export interface PlainRsaOptions {
  readonly bits: number;
  readonly exponent: number;
  readonly output: string | null;
  readonly input: string | null;
  readonly help: boolean;
}

/** Reads the words of the command line. Throws `UsageError`. */
export function plainRsaOptions(words: readonly string[]): PlainRsaOptions {
  const { options, operands } = parseOptions(words, {
    letters: 'b:e:f:i:h',
    long: { help: false },
  });
  if (operands.length > 0) throw new UsageError(`"${operands[0]}" is no option`);
  const given = new Map(options.map(({ name, value }) => [name, value ?? '']));
  const bits = numberOf(given.get('b') ?? '2048');
  if (bits === null || bits < LEAST_BITS || bits > MOST_BITS) {
    throw new UsageError(`-b ${given.get('b')} is no number from ${LEAST_BITS} to ${MOST_BITS}`);
  }
  const exponent = numberOf(given.get('e') ?? '0x10001');
  if (exponent === null || exponent < 3 || exponent > 0xffffffff || exponent % 2 === 0) {
    throw new UsageError(`-e ${given.get('e')} is no odd number from 3 to 0xffffffff`);
  }
  return {
    bits,
    exponent,
    output: given.get('f') ?? null,
    input: given.get('i') ?? null,
    help: given.has('h') || given.has('help'),
  };
}

function numberOf(text: string): number | null {
  return /^(?:0x[\da-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : null;
}

/** Shorter ones can be broken, and longer ones OpenSSL does not have. */
const LEAST_BITS = 1024;
const MOST_BITS = 16_384;
