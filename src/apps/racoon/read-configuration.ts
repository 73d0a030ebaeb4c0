/**
 * Reading racoon.conf, with all that it includes, and psk.txt from disk. Every mistake is told at once.
 *
 * @module
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import {
  type Diagnostic,
  type FoundFiles,
  formatDiagnostic,
  pskFileFault,
  readPsk,
  readRacoon,
} from '../../config/index.ts';
import type { RacoonConfiguration } from '../../config/racoon/configuration.ts';
import { needsPreSharedKey } from '../../ike/peer.ts';
import type { PreSharedKey } from '../../ike/pre-shared-keys.ts';
import { findFiles } from '../configuration/find-files.ts';
import type { Outcome } from '../configuration/outcome.ts';
import { readOctets, whyNot } from '../file-trouble.ts';

/** What files told. */
export interface ReadConfiguration {
  readonly configuration: RacoonConfiguration;
  /** Empty where no peer needs any. */
  readonly preSharedKeys: readonly PreSharedKey[];
}

/** How what is wrong is told: several lines, without the end of the last. */
export type Complain = (severity: 'error' | 'warning', text: string) => void;

/** Reads the racoon.conf at `path`, and the keys that it names. */
export function readConfiguration(path: string, complain: Complain): Outcome<ReadConfiguration> {
  const fail = (complaint: string): Outcome<never> => {
    complain('error', complaint);
    return { ok: false, complaint };
  };
  const text = readText(path);
  if (typeof text !== 'string') return fail(text.failure);
  const { configuration, diagnostics } = readWithIncludes(path, text);
  tell(diagnostics, complain);
  if (configuration === null) return { ok: false, complaint: firstError(diagnostics) };
  const { preSharedKeys: pskPath } = configuration.paths;
  const { peers } = configuration.ike;
  const needsKeys = peers.some(({ transforms }) =>
    transforms.some(({ authentication }) => needsPreSharedKey(authentication)),
  );
  if (!needsKeys || pskPath === null) {
    return { ok: true, value: { configuration, preSharedKeys: [] } };
  }
  const keys = readPreSharedKeys(pskPath, complain);
  if (!keys.ok) return keys;
  return { ok: true, value: { configuration, preSharedKeys: keys.value } };
}

/** Reads a psk.txt that is ours alone. */
function readPreSharedKeys(path: string, complain: Complain): Outcome<readonly PreSharedKey[]> {
  const opened = readPrivate(path);
  if ('failure' in opened) {
    complain('error', opened.failure);
    return { ok: false, complaint: opened.failure };
  }
  const { keys, diagnostics } = readPsk({ name: path, text: opened.text });
  tell(diagnostics, complain);
  const isWrong = diagnostics.some(({ severity }) => severity === 'error');
  return isWrong ? { ok: false, complaint: firstError(diagnostics) } : { ok: true, value: keys };
}

function readWithIncludes(path: string, text: string) {
  const files = new Map<string, FoundFiles>();
  for (;;) {
    const program = readRacoon({ name: path, text }, { files });
    if (program.wantedFiles.length === 0) return program;
    for (const pattern of program.wantedFiles) files.set(pattern, findFiles(pattern));
  }
}

function readText(path: string): string | { readonly failure: string } {
  try {
    return readOctets(path).toString('utf8');
  } catch (error) {
    return { failure: error instanceof Error ? error.message : `${error}` };
  }
}

/** The file is looked at once it is open, so that nobody puts another in its place. */
function readPrivate(path: string): { readonly text: string } | { readonly failure: string } {
  try {
    const fd = openSync(path, 'r');
    try {
      const found = fstatSync(fd);
      if (!found.isFile()) return { failure: `${path} is no file` };
      const fault = pskFileFault(found, process.geteuid?.() ?? found.uid);
      if (fault !== null) return { failure: `Cannot use ${path}: ${fault}` };
      return { text: readFileSync(fd, 'utf8') };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return { failure: `Cannot read ${path}: ${whyNot(error)}` };
  }
}

function tell(diagnostics: readonly Diagnostic[], complain: Complain): void {
  for (const diagnostic of diagnostics) {
    complain(diagnostic.severity, formatDiagnostic(diagnostic));
  }
}

function firstError(diagnostics: readonly Diagnostic[]): string {
  const error = diagnostics.find(({ severity }) => severity === 'error');
  if (error === undefined) return 'the configuration is wrong';
  return `${error.file}:${error.line}:${error.column}: ${error.message}`;
}
