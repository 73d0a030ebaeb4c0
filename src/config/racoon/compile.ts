/**
 * The racoon.conf language, compiled: statements to a configuration, file after file.
 *
 * @module
 */
import { specificity } from '../../ike/quick-mode-policy.ts';
import { Report } from '../diagnostic.ts';
import { SourceText, type Span } from '../source.ts';
import type { Arguments } from './arguments.ts';
import { compileStatements, type Readers } from './compile-block.ts';
import { CompileContext, type OpenFile } from './compile-context.ts';
import {
  compileListen,
  compilePadding,
  compilePrivsep,
  compileTimer,
  readLog,
  readPath,
} from './compile-daemon.ts';
import { compileModeCfg } from './compile-mode-cfg.ts';
import { compileRemote, finishPeer } from './compile-remote.ts';
import { compileSainfo } from './compile-sainfo.ts';
import type { RacoonConfiguration } from './configuration.ts';
import { type ConfigurationDraft, emptyDraft } from './draft.ts';
import { DEEPEST_INCLUDE, MOST_INCLUDED, type NamedText, type RacoonOptions } from './files.ts';
import { warnOfLeftOut } from './left-out.ts';
import { Lexer } from './lexer.ts';
import { parseFile } from './parser.ts';
import { asksForSecret, type PeerDraft } from './peer-draft.ts';
import type { Statement } from './syntax.ts';

/** A file that was read: its statements, its text, and what is wrong with it. */
export interface CompiledFile extends OpenFile {
  readonly statements: readonly Statement[];
}

/** Compiles one file and those that it includes. */
export class Compiler {
  readonly #options: RacoonOptions;
  readonly #draft: ConfigurationDraft = emptyDraft();
  readonly #peers: PeerDraft[] = [];
  readonly #context: CompileContext;
  /** In the order in which they were opened. */
  readonly files: CompiledFile[] = [];
  /** Patterns that nobody has looked for. */
  readonly wantedFiles = new Set<string>();
  /** Names of the files that include each other down to the present one. */
  readonly #stack: string[] = [];
  /** The first proposal that needs a pre-shared key. */
  #secret: { readonly report: Report; readonly span: Span } | null = null;

  constructor(file: NamedText, options: RacoonOptions) {
    this.#options = options;
    const opened = open(file);
    this.#context = new CompileContext(opened);
    this.#compileFile(opened);
    this.#lint();
  }

  /** What the files say. Of use when none of them has an error. */
  configuration(): RacoonConfiguration {
    const { paths, privileges, logLevel, adminSocket, ...ike } = this.#draft;
    const peers = this.#peers.map(finishPeer);
    const quickModePolicies = this.#draft.quickModePolicies.toSorted(
      (a, b) => specificity(b) - specificity(a),
    );
    return {
      ike: { ...ike, peers, quickModePolicies },
      paths,
      privileges,
      logLevel,
      adminSocket,
    };
  }

  #compileFile(file: CompiledFile): void {
    this.files.push(file);
    this.#stack.push(file.source.name);
    this.#context.enter(file);
    compileStatements(file.statements, 'file', this.#readers(file), REPEATABLE, this.#context);
    this.#stack.pop();
  }

  #readers(file: CompiledFile): Readers<'file'> {
    const draft = this.#draft;
    const context = this.#context;
    return {
      remote: (words, statement) => {
        compileRemote(statement, words, this.#peers, context);
        this.#noteSecrets(file);
      },
      sainfo: (words, statement) =>
        compileSainfo(statement, words, draft.quickModePolicies, context),
      path: (words) => readPath(words, draft, context),
      include: (words) => {
        this.#include(words);
        context.enter(file);
      },
      log: (words) => readLog(words, draft),
      listen: (_words, statement) => compileListen(statement, draft, context),
      timer: (_words, statement) => compileTimer(statement, draft, context),
      padding: (_words, statement) => compilePadding(statement, draft, context),
      mode_cfg: (_words, statement) => compileModeCfg(statement, draft, context),
      privsep: (_words, statement) => compilePrivsep(statement, draft, context),
      complex_bundle: (words) => {
        draft.complexBundles = words.switch();
      },
      pfkey_buffer: (words) => {
        words.number({ what: 'a size', least: 0, most: 0x7fffffff });
        warnOfLeftOut(words.span, 'no PF_KEY socket is opened', context);
      },
      ldapcfg: (_words, { keyword }) => warnOfLeftOut(keyword, 'no LDAP server is asked', context),
      radiuscfg: (_words, { keyword }) =>
        warnOfLeftOut(keyword, 'no RADIUS server is asked', context),
      gss_id_enc: (words) => {
        words.skipRest();
        warnOfLeftOut(words.span, 'nobody authenticates by GSSAPI here', context);
      },
    };
  }

  /** Compiles the files that a pattern matches in the place of the statement. */
  #include(words: Arguments): void {
    const token = words.quotedToken('a path');
    if (!words.end()) return;
    const pattern = this.#fullPattern(token.text.slice(1, -1));
    if (pattern === undefined) {
      words.fail('no-include-path', token, 'nothing tells in which folder this file is', {
        expected: 'a path that begins with "/"',
        fix: 'write path include and the folder above it, or the whole path',
      });
      return;
    }
    const found = this.#options.files?.get(pattern);
    if (found === undefined) {
      this.wantedFiles.add(pattern);
      words.fail('unread-file', token, 'nobody has read this file');
    } else if ('failure' in found) {
      words.fail('unread-file', token, `cannot read ${pattern}: ${found.failure}`);
    } else if (found.files.length === 0) {
      words.fail('unread-file', token, `there is no file ${pattern}`);
    } else {
      for (const file of found.files) this.#compileIncluded(file, token, words);
    }
  }

  #compileIncluded(file: NamedText, span: Span, words: Arguments): void {
    if (this.#stack.includes(file.name)) {
      words.fail('include-cycle', span, `${file.name} includes itself`, {
        expected: `files that do not come back: ${[...this.#stack, file.name].join(' → ')}`,
      });
    } else if (this.#stack.length >= DEEPEST_INCLUDE) {
      words.fail('too-deep', span, `${DEEPEST_INCLUDE} files include each other down to this one`);
    } else if (this.files.length >= MOST_INCLUDED) {
      words.fail('too-many-files', span, `more than ${MOST_INCLUDED} files are included`);
    } else {
      this.#compileFile(open(file));
    }
  }

  /** Where to look for `path`; `undefined` when that depends on a folder that was not told. */
  #fullPattern(path: string): string | undefined {
    if (path.startsWith('/') || path.startsWith('~')) return path;
    const { include } = this.#draft.paths;
    return include === null ? undefined : `${include}/${path}`;
  }

  /** Remembers where a pre-shared key is asked for first. */
  #noteSecrets({ report }: CompiledFile): void {
    const secret = this.#peers.at(-1)?.proposals.find(asksForSecret);
    if (secret !== undefined) this.#secret ??= { report, span: secret.at.span };
  }

  /** Warns of what only shows once everything was read. */
  #lint(): void {
    if (this.#draft.paths.preSharedKeys !== null || this.#secret === null) return;
    const { report, span } = this.#secret;
    report.warning('missing-psk-path', span, 'nothing tells where the pre-shared keys are', {
      fix: 'add path pre_shared_key "/etc/racoon/psk.txt"; to the file',
    });
  }
}

function open({ name, text }: NamedText): CompiledFile {
  const source = new SourceText(name, text, 'name');
  const report = new Report();
  return { source, report, statements: parseFile(new Lexer(source), report) };
}

/** What may be said again and again; of sections, each statement counts for itself. */
const REPEATABLE = [
  'remote',
  'sainfo',
  'path',
  'include',
  'listen',
  'timer',
  'padding',
  'mode_cfg',
  'privsep',
  'ldapcfg',
  'radiuscfg',
] as const;
