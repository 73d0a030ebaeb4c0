/**
 * Files of bare RSA keys, as FreeS/WAN had them and `plainrsa-gen` writes them:
 *
 * ```text
 * : RSA {
 *         Modulus: 0xe8…
 *         PublicExponent: 0x03
 *         PrivateExponent: 0x9b…
 *         Prime1: 0xf7…        and Prime2, Exponent1, Exponent2, Coefficient
 * }
 * 10.9.0.0/24 10.9.0.2 : PUB 0sAQPo…
 * ```
 *
 * The addresses, ours and the peer's or the peer's alone, say where the key is used; `any` and none are
 * everywhere. `PUB` is a public key as the DNS has it (RFC 3110 §2), in base64 or hexadecimal digits.
 *
 * @module
 */
import { Secret } from '../../crypto/secret.ts';
import type { PlainRsaKey } from '../../ike/plain-rsa.ts';
import { type Prefix, parsePrefix } from '../../net/prefix.ts';
import { u8 } from '../../octets/octets.ts';
import { type Diagnostic, Report } from '../diagnostic.ts';
import type { NamedText } from '../racoon/files.ts';
import { SourceText } from '../source.ts';
import { suggestedFix } from '../suggest.ts';
import type { Token } from '../token.ts';
import { tokensOf } from './lexer.ts';
import { bitsOf, readHexNumber, readOctets, splitPublicKey } from './number.ts';

export interface PlainRsaFile {
  /** In the order of the file. Empty when there is any error. */
  readonly keys: readonly PlainRsaKey[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Whose keys a file is to have: private ones of our own, or public ones of peers. */
export type KeyOwner = 'own' | 'peer';

/** Reads a file that was decoded from UTF-8. What of a peer's keys is private is left out. Never throws. */
export function readPlainRsa({ name, text }: NamedText, owner: KeyOwner): PlainRsaFile {
  const source = new SourceText(name, text);
  const reader = new PlainRsaReader(source, owner);
  const keys = reader.readAll();
  const { report } = reader;
  return { keys: report.hasErrors ? [] : keys, diagnostics: report.diagnostics(source) };
}

class PlainRsaReader {
  readonly report = new Report();
  readonly #source: SourceText;
  readonly #owner: KeyOwner;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(source: SourceText, owner: KeyOwner) {
    this.#source = source;
    this.#owner = owner;
    this.#tokens = tokensOf(source);
  }

  readAll(): readonly PlainRsaKey[] {
    const keys: PlainRsaKey[] = [];
    while (this.#peek.kind !== 'end') {
      const before = this.#next;
      const key = this.#readKey();
      if (key !== undefined) keys.push(key);
      else this.#skipToNextKey(before);
    }
    if (keys.length === 0 && !this.report.hasErrors) {
      this.report.error('no-key', this.#peek, 'there is no key in this file', {
        expected: KEY_FORM,
      });
    }
    return keys;
  }

  #readKey(): PlainRsaKey | undefined {
    const start = this.#peek;
    const prefixes: (Prefix | null)[] = [];
    while (prefixes.length < 2 && this.#peek.kind === 'word') {
      const prefix = readSelector(this.#peek.text);
      if (prefix === undefined) break;
      prefixes.push(prefix);
      this.#take();
    }
    if (!this.#expect(':', KEY_FORM)) return undefined;
    const numbers = this.#readNumbers();
    if (numbers === undefined) return undefined;
    const remote = prefixes.at(-1) ?? null;
    const local = prefixes.length === 2 ? (prefixes[0] ?? null) : null;
    const span = { start: start.start, end: this.#previous.end };
    return { local, remote, ...numbers, at: this.#source.location(span) };
  }

  #readNumbers(): KeyNumbers | undefined {
    const kind = this.#take();
    if (kind.text === 'RSA') return this.#readBlock(kind);
    if (kind.text !== 'PUB') {
      return this.report.error('unknown-key-type', kind, `${kind.shown} is no type of key`, {
        expected: 'RSA or PUB',
        fix: suggestedFix(kind.text, ['RSA', 'PUB']),
      });
    }
    const number = this.#take();
    const octets = number.kind === 'hex' ? readOctets(number.text) : undefined;
    const key = octets && splitPublicKey(octets);
    if (key === undefined) {
      return this.report.error('not-a-public-key', number, `${number.shown} is no public key`, {
        expected: '0s and base64, or 0x and hexadecimal digits',
      });
    }
    if (this.#owner === 'own') {
      return this.report.error(
        'public-key',
        kind,
        'this is a public key, and we sign with private ones',
        {
          expected: 'RSA, { and the numbers of a private key',
        },
      );
    }
    return this.#checked(kind, key) ? { ...key, secrets: null } : undefined;
  }

  #readBlock(kind: Token): KeyNumbers | undefined {
    if (!this.#expect('{', '"{" behind RSA')) return undefined;
    const numbers = new Map<string, Uint8Array>();
    let isGood = true;
    while (this.#peek.text !== '}') {
      const name = this.#take();
      if (name.kind !== 'word' || !NAMES.includes(name.text)) {
        return this.report.error('unknown-number', name, `${name.shown} is no number of a key`, {
          expected: `${NAMES.join(', ')} or "}"`,
          fix: suggestedFix(name.text, NAMES),
        });
      }
      if (!this.#expect(':', `":" behind ${name.text}`)) return undefined;
      const digits = this.#take();
      const number = digits.kind === 'hex' ? readHexNumber(digits.text) : undefined;
      if (number === undefined) {
        return this.report.error('not-hexadecimal', digits, `${name.text} is no number`, {
          expected: '0x and hexadecimal digits, not all of them zeros',
        });
      }
      if (numbers.has(name.text)) {
        this.report.error('repeated', name, `${name.text} is there already`);
        isGood = false;
      }
      numbers.set(name.text, number);
    }
    this.#take();
    return isGood ? this.#keyOf(kind, numbers) : undefined;
  }

  #keyOf(kind: Token, numbers: ReadonlyMap<string, Uint8Array>): KeyNumbers | undefined {
    const [modulus, publicExponent, d, p, q, dP, dQ, qInv] = NAMES.map((name) => numbers.get(name));
    if (modulus && publicExponent && this.#owner === 'peer') {
      const message = 'this is a private key, and of the peer the public one is enough';
      this.report.warning('private-key', kind, message, {
        fix: 'write its PUB line here, and leave the private key where it belongs',
      });
      return this.#checked(kind, { modulus, publicExponent })
        ? { modulus, publicExponent, secrets: null }
        : undefined;
    }
    if (!(modulus && publicExponent && d && p && q && dP && dQ && qInv)) {
      const missing = NAMES.filter((name) => !numbers.has(name));
      return this.report.error(
        'incomplete-key',
        kind,
        `of this key ${missing.join(', ')} is missing`,
      );
    }
    if (!this.#checked(kind, { modulus, publicExponent })) return undefined;
    const secret = (number: Uint8Array) => new Secret(number.slice());
    const secrets = { d: secret(d), p: secret(p), q: secret(q) };
    const rest = { dP: secret(dP), dQ: secret(dQ), qInv: secret(qInv) };
    return { modulus, publicExponent, secrets: { ...secrets, ...rest } };
  }

  /** Whether there could be such a key; an error says why not. */
  #checked(kind: Token, { modulus, publicExponent }: Omit<KeyNumbers, 'secrets'>): boolean {
    const bits = bitsOf(modulus);
    if (bits < LEAST_BITS || bits > MOST_BITS) {
      this.report.error('modulus-length', kind, `its modulus has ${bits} bits`, {
        expected: `${LEAST_BITS} to ${MOST_BITS} bits`,
      });
      return false;
    }
    const last = u8(publicExponent, publicExponent.length - 1);
    if (
      last % 2 === 0 ||
      (publicExponent.length === 1 && last === 1) ||
      publicExponent.length > 8
    ) {
      this.report.error('public-exponent', kind, 'its public exponent is of no use', {
        expected: 'an odd number from 3 on, of 64 bits at most',
      });
      return false;
    }
    if (bits < STRONG_BITS) {
      this.report.warning('weak-key', kind, `its modulus has ${bits} bits, which is little`, {
        fix: `make a key of ${STRONG_BITS} bits or more: plainrsa-gen -b ${STRONG_BITS}`,
      });
    }
    return true;
  }

  #expect(sign: string, expected: string): boolean {
    const token = this.#take();
    if (token.text === sign) return true;
    this.report.error('syntax', token, `${token.shown} has no place here`, { expected });
    return false;
  }

  /** Goes on where a key begins, behind the token `before`, where the one that is wrong began. */
  #skipToNextKey(before: number): void {
    this.#next = Math.max(before + 1, this.#next);
    while (this.#peek.kind !== 'end' && !beginsKey(this.#peek)) this.#take();
  }

  get #peek(): Token {
    return this.#at(this.#next);
  }

  get #previous(): Token {
    return this.#at(this.#next - 1);
  }

  #take(): Token {
    const token = this.#peek;
    if (token.kind !== 'end') this.#next++;
    return token;
  }

  #at(index: number): Token {
    const token = this.#tokens[index];
    if (token === undefined) throw new Error(`Bug: no token ${index}`);
    return token;
  }
}

type KeyNumbers = Pick<PlainRsaKey, 'modulus' | 'publicExponent' | 'secrets'>;

function readSelector(text: string): Prefix | null | undefined {
  return text === 'any' ? null : parsePrefix(text);
}

function beginsKey(token: Token): boolean {
  if (!token.opensStatement) return false;
  return token.text === ':' || readSelector(token.text) !== undefined;
}

const KEY_FORM = '": RSA {" or ": PUB", with addresses before the colon or none';
/** In the order of RFC 8017 §A.1.2. */
const NAMES: readonly string[] = [
  'Modulus',
  'PublicExponent',
  'PrivateExponent',
  'Prime1',
  'Prime2',
  'Exponent1',
  'Exponent2',
  'Coefficient',
];

/** What the longest hash needs, with the least padding (RFC 8017 §7.2.1), is 600 bits. */
const LEAST_BITS = 600;
/** What OpenSSL works with. */
const MOST_BITS = 16_384;
const STRONG_BITS = 2048;
