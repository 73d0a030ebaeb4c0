/**
 * An SA that is added while there is one of its name.
 *
 * @module
 */
import { formatSaId, type SaId, sameSaId } from '../../../ipsec/sa-parameters.ts';
import { sameAddress } from '../../../net/ip-address.ts';
import type { Span } from '../../source.ts';
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';
import { changesOf, type PlacedSa } from './loaded-setkey.ts';

export const DUPLICATE_SA: Rule<CheckedSetkey> = {
  code: 'duplicate-sa',
  form: 'setkey',
  title: 'an SA is added whose protocol, SPI and destination another has',
  severity: 'error',
  reason:
    'Destination, protocol and SPI name an SA (RFC 4301 §4.1). The second is refused (File exists), and ' +
    'with it the whole file; the original setkey went on without it.',
  *find(file) {
    let present = new Map<string, PlacedSa>();
    for (const step of file.steps) {
      for (const change of changesOf(step)) {
        switch (change.kind) {
          case 'add-sa': {
            const before = present.get(formatSaId(change.sa));
            if (before === undefined) {
              present.set(formatSaId(change.sa), { sa: change.sa, span: step.at.span });
            } else {
              yield found(file, change.sa, step.at.span, before.span);
            }
            break;
          }
          case 'flush-sas':
            present = without(
              present,
              ({ sa }) => (change.protocol ?? sa.protocol) === sa.protocol,
            );
            break;
          case 'delete-sa':
            present = without(present, ({ sa }) => sameSaId(sa, change.id));
            break;
          case 'delete-sas-between': {
            const { source, destination, protocol } = change.pair;
            present = without(
              present,
              ({ sa }) =>
                sameAddress(sa.source, source) &&
                sameAddress(sa.destination, destination) &&
                (protocol ?? sa.protocol) === sa.protocol,
            );
          }
        }
      }
    }
  },
};

function found(file: CheckedSetkey, sa: SaId, span: Span, before: Span) {
  return {
    span,
    message: `line ${file.lineOf(before.start)} adds ${formatSaId(sa)} already: this one is refused`,
    expected: 'for each SA to one address an SPI of its own',
    fix: 'give it another SPI, on both hosts, or leave it out',
  };
}

function without(
  present: ReadonlyMap<string, PlacedSa>,
  goes: (placed: PlacedSa) => boolean,
): Map<string, PlacedSa> {
  return new Map([...present].filter(([, placed]) => !goes(placed)));
}
