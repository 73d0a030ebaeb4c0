/**
 * Statements about SAs, parsed.
 *
 * ```text
 * add       = "add" { flags } host host protocol spi { extension } algorithm .
 * get       = ( "get" | "delete" ) { flags } host host protocol spi { extension } .
 * deleteall = "deleteall" { flags } host host [ protocol ] .
 * host      = address [ "[" port "]" ] .
 * protocol  = "esp" | "ah" | "ipcomp" | "esp-udp" [ address ] | "esp-old" | "ah-old" | "tcp" .
 * extension = "-m" mode | "-u" n | "-r" n | "-f" padding | "-lh" n | "-ls" n | "-bh" n | "-bs" n .
 * algorithm = "-E" name [ key ] [ "-A" name [ key ] ] | "-A" name [ key ] .
 * ```
 *
 * @module
 */
import { suggestedFix } from '../suggest.ts';
import type {
  AddStatement,
  AlgorithmClause,
  DeleteAllStatement,
  Extension,
  Key,
  SaReference,
  Word,
} from './syntax.ts';
import { describeToken } from './token.ts';
import { type TokenCursor, toWord } from './token-cursor.ts';

export function parseAdd(cursor: TokenCursor): AddStatement {
  const first = cursor.advance();
  const identity = parseIdentity(cursor);
  const extensions = parseExtensions(cursor);
  const { encryption, integrity } = parseAlgorithms(cursor);
  const span = cursor.spanFrom(first);
  return { kind: 'add', span, extensions, encryption, integrity, ...identity };
}

export function parseSaReference(cursor: TokenCursor, kind: 'get' | 'delete'): SaReference {
  const first = cursor.advance();
  const identity = parseIdentity(cursor);
  const extensions = parseExtensions(cursor);
  return { kind, span: cursor.spanFrom(first), extensions, ...identity };
}

export function parseDeleteAll(cursor: TokenCursor): DeleteAllStatement {
  const first = cursor.advance();
  const flags = parseFlags(cursor);
  const source = cursor.host('a source address');
  const destination = cursor.host('a destination address');
  const protocol = cursor.seesWord() ? toWord(cursor.advance()) : null;
  const span = cursor.spanFrom(first);
  return { kind: 'deleteall', span, flags, source, destination, protocol };
}

/** `-4`, `-6`, `-n`, and any of them together. */
export function parseFlags(cursor: TokenCursor): readonly Word[] {
  const flags: Word[] = [];
  while (/^-[46n]+$/.test(cursor.peek().text)) flags.push(toWord(cursor.advance()));
  return flags;
}

/** What names an SA, and its source address. */
function parseIdentity(
  cursor: TokenCursor,
): Pick<SaReference, 'flags' | 'source' | 'destination' | 'protocol' | 'spi'> {
  const flags = parseFlags(cursor);
  const source = cursor.host('a source address');
  const destination = cursor.host('a destination address');
  if (cursor.peek().kind === 'number' || cursor.peek().kind === 'hex') {
    cursor.unexpected('a protocol', { expected: 'esp or ah, and then the SPI' });
  }
  const protocol = cursor.word('a protocol');
  if (protocol.text === 'esp-udp' && cursor.peek().kind === 'word') cursor.word('an address');
  const spi = cursor.word('an SPI');
  return { flags, source, destination, protocol, spi };
}

function parseExtensions(cursor: TokenCursor): readonly Extension[] {
  const extensions: Extension[] = [];
  while (cursor.peek().kind === 'option') {
    const option = cursor.peek();
    const later = LATER_OPTIONS.get(option.text);
    if (later !== undefined) {
      cursor.fail('not-supported', option, `${later} (${option.text}) is not supported yet`);
      break;
    }
    const what = EXTENSIONS.get(option.text);
    if (what === undefined) break;
    cursor.advance();
    extensions.push({ option: toWord(option), value: cursor.word(what) });
  }
  return extensions;
}

/** `-E` before `-A`, each at most once, and nothing else behind the first of them. */
function parseAlgorithms(cursor: TokenCursor): Pick<AddStatement, 'encryption' | 'integrity'> {
  let encryption: AlgorithmClause | null = null;
  let integrity: AlgorithmClause | null = null;
  while (cursor.peek().kind === 'option') {
    const option = cursor.peek();
    const { text } = option;
    if (text === '-E' && encryption === null && integrity === null) {
      encryption = parseAlgorithm(cursor);
    } else if (text === '-A' && integrity === null) {
      integrity = parseAlgorithm(cursor);
    } else if (text === '-E' && encryption === null) {
      cursor.fail('option-order', option, 'found -E behind -A', { fix: 'write -E before -A' });
    } else if (text === '-E' || text === '-A') {
      cursor.fail('repeated-option', option, `${text} is given twice`);
    } else if (LATER_OPTIONS.has(text)) {
      const message = `${LATER_OPTIONS.get(text)} (${text}) is not supported yet`;
      cursor.fail('not-supported', option, message);
    } else if (EXTENSIONS.has(text)) {
      const message = `found ${text} behind the algorithm`;
      cursor.fail('option-order', option, message, { fix: `write ${text} before -E and -A` });
    } else {
      cursor.fail('unknown-option', option, `${describeToken(option)} is not an option of add`, {
        expected: [...EXTENSIONS.keys(), '-E', '-A'].join(', '),
        fix: suggestedFix(text, [...EXTENSIONS.keys()]),
      });
    }
  }
  return { encryption, integrity };
}

function parseAlgorithm(cursor: TokenCursor): AlgorithmClause {
  const option = toWord(cursor.advance());
  const name = cursor.word('the name of an algorithm');
  return { option, name, key: parseKey(cursor) };
}

function parseKey(cursor: TokenCursor): Key | null {
  const { kind, text, start, end, opensStatement } = cursor.peek();
  if (opensStatement) return null;
  const span = { start, end };
  switch (kind) {
    case 'hex':
      cursor.advance();
      return { form: 'hex', text: text.slice(2), span };
    case 'quoted':
      cursor.advance();
      return { form: 'quoted', text: text.slice(1, -1), span };
    case 'word':
    case 'number':
      cursor.advance();
      return { form: 'bare', text, span };
    default:
      return null;
  }
}

/** What stands behind each extension. */
const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ['-m', 'a mode'],
  ['-u', 'a reqid'],
  ['-r', 'the length of the replay window'],
  ['-f', 'a way of padding'],
  ['-lh', 'a number of seconds'],
  ['-ls', 'a number of seconds'],
  ['-bh', 'a number of octets'],
  ['-bs', 'a number of octets'],
]);

/** Options of the full language that this version lacks. */
const LATER_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['-ctx', 'a security context'],
  ['-esp_frag', 'the fragment size of UDP encapsulation'],
  ['-C', 'IP compression'],
  ['-R', 'the CPI of IP compression'],
]);
