/**
 * Reads filter expressions, as pcap-filter(7) has them:
 *
 *   filter     not ((and | or) not)*            "and" and "or" bind alike, from the left
 *   not        (not | !) not | "(" filter ")" | primitive
 *   primitive  protocol
 *            | [ip | ip6] proto (name | number)
 *            | [protocol] [end] [host | net | port | portrange] operand
 *   end        src | dst | src or dst | src and dst
 *
 * An operand without a word before it has those of the operand before: `host 10.0.0.1 or 10.0.0.2`.
 *
 * @module
 */
import { parseIpAddress } from '../../net/ip-address.ts';
import { ipProtocolNumber } from '../../net/ip-protocol.ts';
import { addressBits, type Prefix } from '../../net/prefix.ts';
import {
  type End,
  type Filter,
  type FilterProblem,
  PROTOCOL_WORDS,
  type ProtocolWord,
} from './syntax.ts';

/** The filter that `text` says, `null` if it is empty, or what is wrong with it. */
export function parseFilter(
  text: string,
): { readonly filter: Filter | null } | { readonly problem: FilterProblem } {
  try {
    return { filter: new Parser(text).filter() };
  } catch (error) {
    if (error instanceof Found) return { problem: error.problem };
    throw error;
  }
}

/** Ends reading where something is wrong. */
class Found extends Error {
  readonly problem: FilterProblem;

  constructor(problem: FilterProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

interface Token {
  readonly text: string;
  readonly start: number;
}

type Type = 'host' | 'net' | 'port' | 'portrange';

/** What stands before an operand. */
interface Qualifiers {
  readonly protocol: ProtocolWord | null;
  readonly end: End;
  readonly type: Type;
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #last: Qualifiers | null = null;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = Array.from(text.matchAll(TOKEN), ({ 0: word, index }) => ({
      text: word,
      start: index,
    }));
  }

  filter(): Filter | null {
    if (this.#tokens.length === 0) return null;
    const filter = this.#row();
    if (this.#peek() !== null) this.#fail('a filter has ended here', ['and', 'or']);
    return filter;
  }

  #row(): Filter {
    let left = this.#not();
    for (;;) {
      const kind = CONNECTIVES.get(this.#peek() ?? '');
      if (kind === undefined) return left;
      this.#at++;
      left = { kind, left, right: this.#not() };
    }
  }

  #not(): Filter {
    this.#depth++;
    if (this.#depth > DEEPEST) this.#fail('the expression is nested too deeply', []);
    const filter = this.#notOrPrimitive();
    this.#depth--;
    return filter;
  }

  #notOrPrimitive(): Filter {
    if (this.#take('not', '!')) return { kind: 'not', of: this.#not() };
    if (!this.#take('(')) return this.#primitive();
    const filter = this.#row();
    if (!this.#take(')')) this.#fail('a parenthesis is not closed', [')', 'and', 'or']);
    return filter;
  }

  #primitive(): Filter {
    const protocol = this.#protocolWord();
    if ((protocol === null || protocol === 'ip' || protocol === 'ip6') && this.#take('proto')) {
      return { kind: 'proto', word: protocol, number: this.#protocolNumber() };
    }
    const end = this.#end();
    const type = this.#type();
    if (protocol !== null && end === null && type === null)
      return { kind: 'protocol', word: protocol };
    const bare = protocol === null && end === null && type === null;
    if (bare && !this.#looksLikeOperand()) {
      this.#fail(this.#describe('begins no filter'), BEGINNINGS);
    }
    const qualifiers =
      bare && this.#last !== null ? this.#last : this.#qualify(protocol, end, type);
    this.#last = qualifiers;
    return this.#operand(qualifiers);
  }

  #qualify(protocol: ProtocolWord | null, end: End | null, type: Type | null): Qualifiers {
    const named = type ?? (this.#peek()?.includes('/') ? 'net' : 'host');
    return { protocol, end: end ?? 'src or dst', type: named };
  }

  #operand({ protocol, end, type }: Qualifiers): Filter {
    const filter = this.#comparison(end, type);
    if (protocol === null) return filter;
    return { kind: 'and', left: { kind: 'protocol', word: protocol }, right: filter };
  }

  #comparison(end: End, type: Type): Filter {
    const word = this.#peek();
    switch (type) {
      case 'host': {
        const address = parseIpAddress(word ?? '');
        if (address === undefined)
          return this.#fail(this.#describe('is no address'), ['an address']);
        this.#at++;
        return { kind: 'host', end, address };
      }
      case 'net': {
        const prefix = parsePrefix(word ?? '');
        if (prefix === null)
          return this.#fail(this.#describe('is no network'), ['a network: 10.0.0.0/8']);
        this.#at++;
        return { kind: 'net', end, prefix };
      }
      case 'port': {
        const port = parsePort(word ?? '');
        if (port === null) return this.#fail(this.#describe('is no port'), ['0 to 65535']);
        this.#at++;
        return { kind: 'port', end, first: port, last: port };
      }
      case 'portrange': {
        const [from, to] = (word ?? '').split('-').map(parsePort);
        if (typeof from !== 'number' || typeof to !== 'number') {
          return this.#fail(this.#describe('is no range of ports'), ['two ports: 1000-2000']);
        }
        this.#at++;
        return { kind: 'port', end, first: Math.min(from, to), last: Math.max(from, to) };
      }
    }
  }

  #protocolWord(): ProtocolWord | null {
    const word = PROTOCOL_WORDS.find((each) => each === this.#peek());
    if (word === undefined) return null;
    this.#at++;
    return word;
  }

  #protocolNumber(): number {
    const word = this.#peek() ?? '';
    const number = /^\d+$/.test(word) ? Number(word) : ipProtocolNumber(word.replace(/^\\/, ''));
    if (number === undefined || number > 255) {
      return this.#fail(this.#describe('is no protocol'), ['a name or a number from 0 to 255']);
    }
    this.#at++;
    return number;
  }

  #end(): End | null {
    const first = this.#peek();
    if (first !== 'src' && first !== 'dst') return null;
    this.#at++;
    const [connective, second] = [this.#peek(), this.#peek(1)];
    const kind = CONNECTIVES.get(connective ?? '');
    if (kind === undefined || second === first || (second !== 'src' && second !== 'dst'))
      return first;
    this.#at += 2;
    return kind === 'or' ? 'src or dst' : 'src and dst';
  }

  #type(): Type | null {
    const word = TYPES.find((each) => each === this.#peek());
    if (word === undefined) return null;
    this.#at++;
    return word;
  }

  #looksLikeOperand(): boolean {
    const word = this.#peek() ?? '';
    if (parseIpAddress(word) !== undefined || parsePrefix(word) !== null) return true;
    return this.#last?.type.startsWith('port') === true && /^[\d-]+$/.test(word);
  }

  #peek(ahead = 0): string | null {
    return this.#tokens[this.#at + ahead]?.text ?? null;
  }

  #take(...words: readonly string[]): boolean {
    const found = this.#peek();
    if (found === null || !words.includes(found)) return false;
    this.#at++;
    return true;
  }

  #describe(what: string): string {
    const word = this.#peek();
    return word === null ? 'the filter ends too early' : `"${word}" ${what}`;
  }

  #fail(message: string, expected: readonly string[]): never {
    const token = this.#tokens[this.#at];
    const start = token?.start ?? this.#text.length;
    throw new Found({ start, end: start + (token?.text.length ?? 1), message, expected });
  }
}

/** `10.0.0.0/8`; an address alone is a network of its own. */
function parsePrefix(text: string): Prefix | null {
  const [name = '', bits, ...rest] = text.split('/');
  const address = parseIpAddress(name);
  if (address === undefined || rest.length > 0) return null;
  const most = addressBits(address.version);
  if (bits === undefined) return { address, length: most };
  const length = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  return length <= most ? { address, length } : null;
}

function parsePort(text: string): number | null {
  return /^\d{1,5}$/.test(text) && Number(text) <= 0xffff ? Number(text) : null;
}

/** Implementation constant: parentheses and negations within each other. */
const DEEPEST = 100;
const TOKEN = /&&|\|\||[()!]|[^\s()!&|]+|[&|]/g;
const TYPES: readonly Type[] = ['host', 'net', 'port', 'portrange'];
const CONNECTIVES: ReadonlyMap<string, 'and' | 'or'> = new Map([
  ['and', 'and'],
  ['&&', 'and'],
  ['or', 'or'],
  ['||', 'or'],
]);
const BEGINNINGS: readonly string[] = [
  ...PROTOCOL_WORDS,
  'proto',
  'src',
  'dst',
  ...TYPES,
  'not',
  '(',
];
