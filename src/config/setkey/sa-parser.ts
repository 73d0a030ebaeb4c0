/**
 * Statements about SAs, parsed.
 *
 * ```text
 * add       = "add" { flags } host host protocol spi { extension } algorithm .
 * get       = ( "get" | "delete" | "getspi" ) { flags } host host protocol spi { extension } .
 * deleteall = "deleteall" { flags } host host [ protocol ] .
 * host      = address [ "[" port "]" ] .
 * protocol  = "esp" | "ah" | "ipcomp" | "esp-udp" [ address ] | "esp-old" | "ah-old" | "tcp" .
 * extension = "-m" mode | "-u" n | "-r" n | "-f" padding | "-lh" n | "-ls" n | "-bh" n | "-bs" n
 *           | "-esp_frag" n | context .
 * context   = "-ctx" doi algorithm label .
 * algorithm = "-E" name [ key ] [ "-A" name [ key ] ] | "-A" name [ key ] | "-C" name [ "-R" ] .
 * ```
 *
 * @module
 */
import { suggestedFix } from '../suggest.ts';
import { describeToken } from '../token.ts';
import type {
  AddStatement,
  AlgorithmClause,
  CompressionClause,
  DeleteAllStatement,
  Extension,
  Key,
  ProtocolText,
  SaReference,
  SecurityContextText,
  Word,
} from './syntax.ts';
import { type TokenCursor, toWord } from './token-cursor.ts';

export function parseAdd(cursor: TokenCursor): AddStatement {
  const first = cursor.advance();
  const identity = parseIdentity(cursor);
  const { extensions, securityContexts } = parseExtensions(cursor);
  const { encryption, integrity, compression } = parseAlgorithms(cursor);
  return {
    kind: 'add',
    span: cursor.spanFrom(first),
    extensions,
    securityContexts,
    encryption,
    integrity,
    compression,
    ...identity,
  };
}

export function parseSaReference(cursor: TokenCursor, kind: SaReference['kind']): SaReference {
  const first = cursor.advance();
  const identity = parseIdentity(cursor);
  const { extensions, securityContexts } = parseExtensions(cursor);
  return { kind, span: cursor.spanFrom(first), extensions, securityContexts, ...identity };
}

export function parseDeleteAll(cursor: TokenCursor): DeleteAllStatement {
  const first = cursor.advance();
  const flags = parseFlags(cursor);
  const source = cursor.host('a source address');
  const destination = cursor.host('a destination address');
  const protocol = parseWhichProtocol(cursor);
  const span = cursor.spanFrom(first);
  return { kind: 'deleteall', span, flags, source, destination, protocol };
}

/** The protocol that a statement about several SAs may end with. */
export function parseWhichProtocol(cursor: TokenCursor): ProtocolText | null {
  return cursor.seesWord() ? parseProtocol(cursor) : null;
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
  const protocol = parseProtocol(cursor);
  const spi = cursor.word('an SPI');
  return { flags, source, destination, protocol, spi };
}

function parseProtocol(cursor: TokenCursor): ProtocolText {
  const name = cursor.word('a protocol');
  const hasAddress = name.text === 'esp-udp' && cursor.peek().kind === 'word';
  return { name, originalAddress: hasAddress ? cursor.word('an address') : null };
}

function parseExtensions(
  cursor: TokenCursor,
): Pick<SaReference, 'extensions' | 'securityContexts'> {
  const extensions: Extension[] = [];
  const securityContexts: SecurityContextText[] = [];
  while (cursor.peek().kind === 'option') {
    if (cursor.sees('-ctx')) {
      securityContexts.push(parseSecurityContext(cursor));
      continue;
    }
    const what = EXTENSIONS.get(cursor.peek().text);
    if (what === undefined) break;
    const option = toWord(cursor.advance());
    extensions.push({ option, value: cursor.word(what) });
  }
  return { extensions, securityContexts };
}

/** Takes `-ctx` and what belongs to it. */
export function parseSecurityContext(cursor: TokenCursor): SecurityContextText {
  const option = toWord(cursor.advance());
  const doi = cursor.word('a domain of interpretation');
  const algorithm = cursor.word('the number of a security module');
  if (cursor.peek().kind !== 'quoted') cursor.unexpected('a security label in quotes');
  const { text, shown, span } = toWord(cursor.advance());
  return { option, doi, algorithm, label: { text: text.slice(1, -1), shown, span } };
}

/** `-E` before `-A`, or `-C`, each at most once, and nothing else behind the first of them. */
function parseAlgorithms(
  cursor: TokenCursor,
): Pick<AddStatement, 'encryption' | 'integrity' | 'compression'> {
  let encryption: AlgorithmClause | null = null;
  let integrity: AlgorithmClause | null = null;
  let compression: CompressionClause | null = null;
  while (cursor.peek().kind === 'option') {
    const option = cursor.peek();
    const { text } = option;
    if (text === '-E' && encryption === null && integrity === null) {
      encryption = parseAlgorithm(cursor);
    } else if (text === '-A' && integrity === null) {
      integrity = parseAlgorithm(cursor);
    } else if (text === '-C' && compression === null) {
      compression = parseCompression(cursor);
    } else if (text === '-E' && encryption === null) {
      cursor.fail('option-order', option, 'found -E behind -A', { fix: 'write -E before -A' });
    } else if (ALGORITHM_OPTIONS.includes(text)) {
      cursor.fail('repeated-option', option, `${text} is given twice`);
    } else if (text === '-R') {
      cursor.fail('option-order', option, 'found -R without -C before it', {
        fix: 'write -C deflate -R, or leave -R out',
      });
    } else if (ALL_EXTENSIONS.includes(text)) {
      const message = `found ${text} behind the algorithm`;
      const fix = `write ${text} before ${ALGORITHM_OPTIONS.join(', ')}`;
      cursor.fail('option-order', option, message, { fix });
    } else {
      cursor.fail('unknown-option', option, `${describeToken(option)} is not an option of add`, {
        expected: [...ALL_EXTENSIONS, ...ALGORITHM_OPTIONS].join(', '),
        fix: suggestedFix(text, ALL_EXTENSIONS),
      });
    }
  }
  return { encryption, integrity, compression };
}

function parseCompression(cursor: TokenCursor): CompressionClause {
  const option = toWord(cursor.advance());
  const name = cursor.word('the name of an algorithm');
  return { option, name, raw: cursor.sees('-R') ? toWord(cursor.advance()) : null };
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
  ['-esp_frag', 'the length of a fragment'],
]);
const ALL_EXTENSIONS: readonly string[] = [...EXTENSIONS.keys(), '-ctx'];

const ALGORITHM_OPTIONS: readonly string[] = ['-E', '-A', '-C'];
