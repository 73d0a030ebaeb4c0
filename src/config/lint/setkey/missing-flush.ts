/**
 * Files that can be loaded once only.
 *
 * @module
 */

import type { Change } from '../../../ipsec/change.ts';
import { formatSaId } from '../../../ipsec/sa-parameters.ts';
import { selectorKey } from '../../../ipsec/selector.ts';
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';
import { changesOf } from './loaded-setkey.ts';

export const MISSING_FLUSH: Rule<CheckedSetkey> = {
  code: 'missing-flush',
  form: 'setkey',
  title: 'the file adds to what is there, so that it cannot be loaded a second time',
  severity: 'warning',
  reason:
    'Without flush and spdflush before it, or a delete of the same, what is added is there already when ' +
    'the file is loaded again: it is refused (File exists), and the old keys and policies stay.',
  *find({ steps, statements }) {
    const cleared = new Cleared();
    const missing = new Map<string, (typeof steps)[number]>();
    for (const step of steps) {
      for (const change of changesOf(step)) {
        const flush = cleared.missingFor(change);
        if (flush !== null && !missing.has(flush)) missing.set(flush, step);
        cleared.note(change);
      }
    }
    const [first] = missing.values();
    const start = statements[0]?.statement.span.start;
    if (first === undefined || start === undefined) return;
    const words = [...missing.keys()].sort();
    yield {
      span: first.at.span,
      message: `nothing before it says ${words.join(' ')}: the file cannot be loaded a second time (File exists)`,
      fix: `begin with ${words.join(' ')}, if nobody else on this host has SAs or policies of their own`,
      edit: {
        span: { start, end: start },
        text: words.map((word) => `${word}\n`).join(''),
        changesProtection: true,
      },
    };
  },
};

/** What a file has seen to that it is not there. */
class Cleared {
  readonly #gone = new Set<string>();

  /** The flush that `change` would need; `null` where what it adds cannot be there. */
  missingFor(change: Change): string | null {
    switch (change.kind) {
      case 'add-sa': {
        const { protocol, source, destination } = change.sa;
        const names = ['sas', `sas ${protocol}`, formatSaId(change.sa)];
        const pair = `${source.octets} ${destination.octets}`;
        const known = [...names, `between ${pair}`, `between ${pair} ${protocol}`];
        return known.some((name) => this.#gone.has(name)) ? null : 'flush;';
      }
      case 'add-policy': {
        const name = `${change.policy.direction} ${selectorKey(change.policy.selector)}`;
        return this.#gone.has('policies') || this.#gone.has(name) ? null : 'spdflush;';
      }
      default:
        return null;
    }
  }

  note(change: Change): void {
    switch (change.kind) {
      case 'flush-sas':
        this.#gone.add(change.protocol === null ? 'sas' : `sas ${change.protocol}`);
        break;
      case 'flush-policies':
        this.#gone.add('policies');
        break;
      case 'delete-sa':
        this.#gone.add(formatSaId(change.id));
        break;
      case 'delete-sas-between': {
        const { source, destination, protocol } = change.pair;
        const pair = `between ${source.octets} ${destination.octets}`;
        this.#gone.add(protocol === null ? pair : `${pair} ${protocol}`);
        break;
      }
      case 'delete-policy':
        this.#gone.add(`${change.policy.direction} ${selectorKey(change.policy.selector)}`);
        break;
      case 'add-sa':
      case 'add-policy':
      case 'update-policy':
        break;
    }
  }
}
