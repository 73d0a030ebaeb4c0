/**
 * `plainrsa-gen`: makes bare RSA keys, as the command of ipsec-tools did.
 *
 * @module
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { formatPrivateKey, formatPublicKey } from '../../config/plain-rsa/write.ts';
import { Secret } from '../../crypto/secret.ts';
import { whyNot } from '../file-trouble.ts';
import { UsageError } from '../getopt.ts';
import { writePrivateFiles } from '../private-file.ts';
import { plainRsaOptions, USAGE } from './options.ts';

/** Runs the command; resolves with its exit status. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    const { help, bits, exponent, input, output } = plainRsaOptions(words);
    if (help) {
      process.stdout.write(USAGE);
      return 0;
    }
    if (output !== null && existsSync(output)) {
      throw new Error(`Cannot write ${output}: it is there already, and may be a key in use`);
    }
    const key =
      input === null
        ? generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: exponent }).privateKey
        : keyIn(input);
    const text = keyText(key);
    if (output === null) process.stdout.write(text);
    else writePrivateFiles([{ path: output, text }], false);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.stderr.write(`plainrsa-gen: ${error.message}\n`);
    if (!(error instanceof UsageError)) return 1;
    process.stderr.write(USAGE);
    return 1;
  }
}

/** The key of the PEM file at `path`, a private or a public one. */
function keyIn(path: string): KeyObject {
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${whyNot(error)}`, { cause: error });
  }
  for (const create of [createPrivateKey, createPublicKey]) {
    try {
      const key = create(pem);
      if (key.asymmetricKeyType === 'rsa') return key;
    } catch {
      // It may be of the other kind.
    }
  }
  throw new Error(
    `Cannot use ${path}: there is no RSA key in PEM in it, or it asks for a passphrase`,
  );
}

function keyText(key: KeyObject): string {
  const jwk = key.export({ format: 'jwk' });
  const numbers = { modulus: octets(jwk, 'n'), publicExponent: octets(jwk, 'e') };
  if (key.type === 'public') return formatPublicKey(numbers);
  const secret = (name: keyof JsonWebKey) => new Secret(octets(jwk, name));
  const [d, p, q] = [secret('d'), secret('p'), secret('q')];
  const [dP, dQ, qInv] = [secret('dp'), secret('dq'), secret('qi')];
  return formatPrivateKey(numbers, { d, p, q, dP, dQ, qInv });
}

function octets(jwk: JsonWebKey, name: keyof JsonWebKey): Uint8Array {
  return new Uint8Array(Buffer.from(String(jwk[name]), 'base64url'));
}
