/**
 * `ipseal boot load`: what the unit runs. Policies first, and then SAs.
 *
 *   file ──► changes ──► policies: one commit ──► SAs: another
 *
 * Until its SA is there, what a policy protects is stopped. So where the SAs are refused, the policies
 * stay, and nothing goes out in the clear that they protect.
 *
 * @module
 */
import type { Backend } from '../../../ipsec/backend.ts';
import { type Contents, namesOf, outcomeOf, without } from '../../../ipsec/contents.ts';
import { reconcile } from '../../../ipsec/reconcile.ts';
import { commitDifference, refusing } from '../../configuration/commit-difference.ts';
import { ConfigurationFiles, changesOf } from '../../configuration/files.ts';

/** Makes `backend` what `file` says; whether that was possible. `report` is told what was not. */
export async function loadAtBoot(
  file: string,
  backend: Backend,
  report: (text: string) => void,
): Promise<boolean> {
  let stage: 'policies' | 'SAs' = 'policies';
  const files = new ConfigurationFiles('ipseal', [file], READING, (text) => {
    report(stage === 'SAs' ? text.replace('nothing was changed', 'no SA was added') : text);
  });
  const read = await files.read();
  if (!read.ok) return false;
  const changes = changesOf(read.value);
  /** What shall be there. What an earlier run put there does not stand in the way. */
  const wanted = (present: Contents) =>
    refusing(changes, () => outcomeOf(changes, without(present, namesOf(outcomeOf(changes)))));
  try {
    await commitDifference(backend, (present) => {
      const { policies } = wanted(present);
      return { changes: reconcile(present, { sas: present.sas, policies }) };
    });
    stage = 'SAs';
    await commitDifference(backend, (present) => {
      const { sas } = wanted(present);
      return { changes: reconcile(present, { sas, policies: present.policies }) };
    });
    return true;
  } catch (error) {
    files.refused(error, read.value);
    if (stage === 'SAs') {
      report('The policies are in force: what they protect is stopped until there are SAs.\n');
    }
    return false;
  }
}

const READING = { rfc4868: false, kernelMode: false };
