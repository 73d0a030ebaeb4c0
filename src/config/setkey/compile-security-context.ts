/**
 * `-ctx`: the labels of security modules.
 *
 * @module
 */
import type { SecurityContext } from '../../ipsec/security-context.ts';
import type { Report } from '../diagnostic.ts';
import { type Bounds, readNumber } from '../read-word.ts';
import type { SecurityContextText } from './syntax.ts';

/** The last of `texts`, which is the one that counts; `null` when there is none. */
export function compileSecurityContext(
  texts: readonly SecurityContextText[],
  report: Report,
): SecurityContext | null | undefined {
  for (const { option } of texts.slice(1)) {
    const message = '-ctx is given again, and only this one counts';
    report.warning('repeated-option', option.span, message);
  }
  const text = texts.at(-1);
  if (text === undefined) return null;
  const doi = readNumber(text.doi, DOI, report);
  const algorithm = readNumber(text.algorithm, ALGORITHM, report);
  const label = text.label.text;
  if (!isLabel(label)) {
    return report.error('invalid-label', text.label.span, 'the text is not a security label', {
      expected: `1 to ${LONGEST_LABEL} characters of ASCII, as in "system_u:object_r:ipsec_t:s0"`,
    });
  }
  return doi === undefined || algorithm === undefined ? undefined : { doi, algorithm, label };
}

function isLabel(text: string): boolean {
  return text.length <= LONGEST_LABEL && /^[\x20-\x7e]+$/.test(text);
}

const DOI: Bounds = { what: 'a domain of interpretation', least: 0, most: 0xff };
const ALGORITHM: Bounds = { what: 'the number of a security module', least: 0, most: 0xff };
/** What SELinux takes (PAGE_SIZE), without the octet that ends the label. */
const LONGEST_LABEL = 4095;
