/**
 * Files that tell a watcher of SAs or policies, in any of the forms that people have at hand: a
 * setkey file, what `ip xfrm` printed, Wireshark's `esp_sa`, tcpdump's secrets. The form is told by
 * the first line that says something.
 *
 * @module
 */

import { type Contents, contentsLeft } from '../ipsec/contents.ts';
import type { Policy } from '../ipsec/policy.ts';
import { exactPattern, type SaPattern } from '../ipsec/sa-pattern.ts';
import { type Diagnostic, Report } from './diagnostic.ts';
import { readIproutePolicies } from './iproute/read-policy.ts';
import { readIprouteSas } from './iproute/read-state.ts';
import type { SetkeyOptions } from './setkey/compile-context.ts';
import type { WantedNames } from './setkey/names.ts';
import { readSetkey } from './setkey/read.ts';
import { SourceText } from './source.ts';
import { readTcpdumpSecrets } from './tcpdump/read.ts';
import { readWiresharkSas } from './wireshark/read.ts';
import { linesOf } from './words.ts';

/** The forms that are told apart. */
export type KnownForm = 'setkey' | 'iproute' | 'wireshark' | 'tcpdump';

/** What a file tells. */
export interface KnownFile<T> {
  readonly form: KnownForm;
  /** Empty when any diagnostic is an error. */
  readonly entries: readonly T[];
  readonly diagnostics: readonly Diagnostic[];
  /** Names of a setkey file that nobody has looked up. */
  readonly wantedNames: WantedNames;
  /** Files that this one says have more, as it names them: of tcpdump's form alone. */
  readonly moreFiles: readonly string[];
}

interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** The SAs that `source` tells of. */
export function readSaFile(source: NamedText, options: SetkeyOptions = {}): KnownFile<SaPattern> {
  const form = formOf(source.text);
  const entriesOf = ({ sas }: Contents) => sas.map((sa) => exactPattern(sa));
  if (form === 'setkey') return ofSetkey(source, options, entriesOf);
  const report = new Report();
  const text = new SourceText(source.name, source.text);
  if (form === 'iproute') return told(form, readIprouteSas(text, report), report, text);
  if (form === 'wireshark') return told(form, readWiresharkSas(text, report), report, text);
  const { sas, files } = readTcpdumpSecrets(text, report);
  const moreFiles = files.map((file) => file.text);
  return { ...told(form, sas, report, text), moreFiles };
}

/** The policies that `source` tells of: of a setkey file, or of what `ip xfrm policy` printed. */
export function readPolicyFile(source: NamedText, options: SetkeyOptions = {}): KnownFile<Policy> {
  if (formOf(source.text) !== 'iproute') {
    return ofSetkey(source, options, ({ policies }) => policies);
  }
  const report = new Report();
  const text = new SourceText(source.name, source.text);
  return told('iproute', readIproutePolicies(text, report), report, text);
}

function ofSetkey<T>(
  source: NamedText,
  options: SetkeyOptions,
  entriesOf: (contents: Contents) => readonly T[],
): KnownFile<T> {
  const { steps, diagnostics, wantedNames } = readSetkey(source, options);
  const changes = steps.flatMap((step) => (step.kind === 'change' ? step.changes : []));
  const entries = entriesOf(contentsLeft(changes));
  return { form: 'setkey', entries, diagnostics, wantedNames, moreFiles: [] };
}

function told<T>(
  form: KnownForm,
  entries: readonly T[],
  report: Report,
  text: SourceText,
): KnownFile<T> {
  return {
    form,
    entries: report.hasErrors ? [] : entries,
    diagnostics: report.diagnostics(text),
    wantedNames: { hosts: [], services: false },
    moreFiles: [],
  };
}

/** The form of `text`, by its first line that is no comment. */
export function formOf(text: string): KnownForm {
  for (const { words } of linesOf(text)) {
    const [first, second, third] = words.map((word) => word.text);
    if (first === undefined) continue;
    if (first.startsWith('"')) return 'wireshark';
    if (first === 'src' && third === 'dst') return 'iproute';
    if (first === 'file' || first === 'ikev2' || /^(0x[\da-f]+|\d+)@/i.test(first))
      return 'tcpdump';
    if (second === undefined && /^[\w-]+:(0x)?[\w]+$/.test(first)) return 'tcpdump';
    return 'setkey';
  }
  return 'setkey';
}
