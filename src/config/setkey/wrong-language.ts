/**
 * A file in another language of ours, given where one of setkey is wanted: told once, and not statement by
 * statement.
 *
 * @module
 */
import type { Report } from '../diagnostic.ts';
import { formOf } from '../lint/form-of.ts';
import type { Form } from '../lint/rule.ts';
import { SourceText } from '../source.ts';
import { Lexer } from './lexer.ts';
import { STATEMENT_NAMES } from './statement-names.ts';

/**
 * Reports that `source` is no setkey file, where its name or its first word tells that it is one of racoon's
 * or an interface's; whether it is. Of a file
 * with keys, which stand anywhere in it, nothing is shown.
 */
export function refuseOtherLanguage(source: SourceText, report: Report): boolean {
  const { name, text } = source;
  const first = new Lexer(new SourceText(name, text)).next();
  if (first.kind === 'end' || NAMES.has(first.text)) return false;
  const named = formOf(name, text);
  // Policies for racoon may be called after it: then its first word tells.
  const form = named === 'racoon' ? formOf('', text) : named;
  if (form === 'setkey') return false;
  const { what, fix } = OTHERS[form];
  const [line = ''] = text.slice(first.start).split('\n', 1);
  const span = { start: first.start, end: first.start + line.trimEnd().length };
  if (form !== 'racoon') source.hide(span.start, text.length);
  report.error('wrong-language', span, `this is ${what}`, {
    expected: 'statements of setkey: add, spdadd, flush, ...',
    fix,
  });
  return true;
}

const NAMES: ReadonlySet<string> = new Set(STATEMENT_NAMES);

const OTHERS: Readonly<
  Record<Exclude<Form, 'setkey'>, { readonly what: string; readonly fix: string }>
> = {
  racoon: {
    what: 'a racoon.conf, which says how keys are negotiated, and not for which packets',
    fix: 'have racoon read it (racoon -f), and give the file with its policies here',
  },
  psk: {
    what: 'a psk.txt, which holds keys of racoon',
    fix: 'name it in racoon.conf: path pre_shared_key',
  },
  ifcfg: {
    what: "a file of Red Hat's network scripts",
    fix: 'run ifup-ipsec, or make a setkey file of it: ipseal ifcfg show --setkey --show-keys',
  },
};
