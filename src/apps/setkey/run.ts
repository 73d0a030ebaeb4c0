/**
 * Carrying out setkey files: read and check all of them, then commit.
 *
 * @module
 */
import {
  formatDiagnostic,
  readSetkey,
  type SetkeyOptions,
  type SetkeyProgram,
  type Step,
} from '../../config/index.ts';
import { type Backend, ChangeRefused, type SaRecord } from '../../ipsec/backend.ts';
import type { Change } from '../../ipsec/change.ts';
import type { IpsecProtocol } from '../../ipsec/policy.ts';
import { formatSaId } from '../../ipsec/sa-parameters.ts';
import { readOctets } from '../file-trouble.ts';
import { type DumpForm, dumpForm } from './dump.ts';
import type { NameSources } from './names.ts';
import type { SetkeyCommand } from './options.ts';

/** A file as it was read. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
  /** It is one statement, and others come before and after. */
  readonly alone?: boolean;
}

/** Where what is printed goes. */
export interface Output {
  /** Resolves when more can be printed without filling the memory. */
  print(pieces: Iterable<string> | AsyncIterable<string>): Promise<void>;
  /** For people: diagnostics and what `-v` says. */
  report(text: string): void;
}

/** What a command line says of how files are to be read. */
export type Reading = Pick<SetkeyCommand, 'rfc4868' | 'kernelMode'>;

/** Opens a file, or standard input for `-`. Throws an error that says why it cannot. */
export function openSource(name: string): SourceFile {
  const text = readOctets(name === '-' ? 0 : name).toString('utf8');
  return { name: name === '-' ? '(standard input)' : name, text };
}

/**
 * Reads `files` and reports what is wrong with them. Names in them are looked up in `sources`, those
 * of each file at once. `null` when anything is wrong: nothing of them may be carried out then.
 */
export async function readFiles(
  files: readonly SourceFile[],
  command: Reading,
  output: Pick<Output, 'report'>,
  sources?: NameSources,
): Promise<readonly Step[] | null> {
  const steps: Step[] = [];
  let wrong = false;
  for (const file of files) {
    const program = await readFile(file, command, sources);
    for (const diagnostic of program.diagnostics) {
      output.report(`${formatDiagnostic(diagnostic)}\n`);
      if (diagnostic.severity === 'error') wrong = true;
    }
    for (const step of program.steps) steps.push(step);
  }
  return wrong ? null : steps;
}

async function readFile(
  file: SourceFile,
  command: Reading,
  sources: NameSources | undefined,
): Promise<SetkeyProgram> {
  const options: SetkeyOptions = {
    sha256Icv: command.rfc4868 ? 'rfc4868' : 'classic',
    fwdTwins: !command.kernelMode,
    alone: file.alone ?? false,
  };
  const program = readSetkey(file, options);
  const { hosts, services } = program.wantedNames;
  if (hosts.length === 0 && !services) return program;
  const { lookUpNames } = await import('./names.ts');
  return readSetkey(file, { ...options, names: await lookUpNames(program.wantedNames, sources) });
}

/**
 * Carries out `steps`. What lies between two statements that print is committed at once, so that
 * `flush; spdflush; spdadd ...` leaves no moment without policies. Under `--keep-going` every
 * statement is a commit by itself, as it was in the original, and the next one is carried out
 * whatever became of it. Returns the exit status.
 */
export async function carryOut(
  steps: readonly Step[],
  backend: Backend,
  command: SetkeyCommand,
  output: Output,
): Promise<number> {
  let status = 0;
  let printed: Step | null = null;
  for (const part of partsOf(steps, command.keepGoing)) {
    const first = part[0];
    if (first === undefined) continue;
    const done: boolean =
      first.kind === 'change'
        ? await commit(part, since(printed), backend, command, output)
        : await print(first, backend, command, output);
    if (!done && !command.keepGoing) return 1;
    if (!done) status = 1;
    if (first.kind !== 'change') printed = first;
  }
  return status;
}

/** `steps`, in their order: each that prints by itself, and what lies in between together or not. */
function partsOf(steps: readonly Step[], each: boolean): Step[][] {
  const parts: Step[][] = [];
  let changes: Step[] | null = null;
  for (const step of steps) {
    if (each || step.kind !== 'change' || changes === null) {
      const part = [step];
      parts.push(part);
      changes = step.kind === 'change' ? part : null;
    } else {
      changes.push(step);
    }
  }
  return parts;
}

/** From where on nothing was changed, in the words of a refusal. */
function since(printed: Step | null): string {
  return printed === null ? '' : ` after ${printed.at.file}:${printed.at.line}`;
}

/** Commits `steps`; whether that was possible. */
async function commit(
  steps: readonly Step[],
  after: string,
  backend: Backend,
  command: SetkeyCommand,
  output: Output,
): Promise<boolean> {
  const changes: Change[] = [];
  const origins: Step[] = [];
  for (const step of steps) {
    if (step.kind !== 'change') continue;
    for (const change of step.changes) {
      changes.push(change);
      origins.push(step);
    }
  }
  try {
    await backend.commit(changes);
  } catch (error) {
    if (!(error instanceof ChangeRefused)) throw error;
    const outcome = command.keepGoing ? 'not done' : `nothing was changed${after}`;
    const step = origins[error.index];
    const place = step === undefined ? '' : placeOf(step);
    const text = step === undefined ? '' : `\n    ${step.at.text}`;
    output.report(`${place}error: ${error.message}; ${outcome}${text}\n`);
    return false;
  }
  if (command.verbose) {
    for (const { at } of steps) output.report(`${at.file}:${at.line}: done: ${at.text}\n`);
  }
  return true;
}

/** Prints what `step` asks for; whether that was there to be had. */
async function print(
  step: Exclude<Step, { kind: 'change' }>,
  backend: Backend,
  command: SetkeyCommand,
  output: Output,
): Promise<boolean> {
  const form = dumpForm(command);
  switch (step.kind) {
    case 'dump-policies':
      await output.print(form.spd(backend.policies()));
      return true;
    case 'dump-sas':
      await output.print(form.sad(ofProtocol(backend.sas(), step.protocol)));
      return true;
    case 'get-sas':
      return printSas(step, backend, form, output);
    default:
      return allocateSpi(step, backend, form, output);
  }
}

async function printSas(
  step: Extract<Step, { kind: 'get-sas' }>,
  backend: Backend,
  form: DumpForm,
  output: Output,
): Promise<boolean> {
  let found = true;
  for (const id of step.ids) {
    const record = await backend.sa(id);
    if (record !== null) {
      await output.print([form.sa(record)]);
      continue;
    }
    found = false;
    output.report(`${placeOf(step)}error: there is no SA ${formatSaId(id)}\n`);
  }
  return found;
}

/** Reserves an SPI, and prints the larval SA that keeps it. */
async function allocateSpi(
  step: Extract<Step, { kind: 'allocate-spi' }>,
  backend: Backend,
  form: DumpForm,
  output: Output,
): Promise<boolean> {
  try {
    await output.print([form.sa(await backend.allocateSpi(step.request))]);
    return true;
  } catch (error) {
    if (!(error instanceof ChangeRefused)) throw error;
    output.report(`${placeOf(step)}error: ${error.message}\n    ${step.at.text}\n`);
    return false;
  }
}

function placeOf({ at: { file, line, column } }: Step): string {
  return `${file}:${line}:${column}: `;
}

async function* ofProtocol(
  records: AsyncIterable<SaRecord>,
  protocol: IpsecProtocol | null,
): AsyncGenerator<SaRecord> {
  for await (const record of records) {
    if (protocol === null || record.parameters.protocol === protocol) yield record;
  }
}
