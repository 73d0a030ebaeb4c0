/**
 * Bringing an interface up: SAs and policies by one commit, then racoon's files, then the route.
 *
 * What is the same already is not touched. When something after the commit fails, the policies stay:
 * what they protect does not leave in the clear.
 *
 * @module
 */
import { addGatewayRoute, removeGatewayRoute } from '../../io/gateway-route.ts';
import type { Backend } from '../../ipsec/backend.ts';
import { type Contents, type Names, namesOf, policyKey, saKey } from '../../ipsec/contents.ts';
import { reconcile } from '../../ipsec/reconcile.ts';
import { commitDifference } from '../configuration/commit-difference.ts';
import type { Places } from './places.ts';
import type { InterfacePlan } from './plan.ts';
import { leaveRacoon, reloadRacoon } from './racoon.ts';
import { type InterfaceRecord, readRecord, writeRecord } from './record.ts';
import { replaceFile } from './replace-file.ts';

/** Carries out `plan` and says what is in force then, a clause each. Throws what fails. */
export async function bringUp(
  plan: InterfacePlan,
  backend: Backend,
  places: Places,
): Promise<readonly string[]> {
  const { loaded, contents, route, racoon, wanted } = plan;
  const before = readRecord(loaded.name, places);
  const owned = joined(namesOf(contents), before?.names);
  await commitDifference(backend, (present) => ({
    changes: reconcile(only(present, owned), contents),
  }));
  const record: InterfaceRecord = {
    names: namesOf(contents),
    route,
    peerPath: racoon?.peerPath ?? null,
  };
  writeRecord(loaded.name, places, record);
  if (before !== null) undoOther(loaded.name, before, record, places);
  for (const change of racoon?.changes ?? []) replaceFile(change);
  if (route !== null) addGatewayRoute(gatewayRoute(route));
  const { sas, policies } = contents;
  const told = [`up: ${count(sas.length, 'SA')}, ${count(policies.length, 'policy', 'policies')}`];
  if (wanted.keying.kind === 'automatic') told.push(await tellRacoon(backend));
  return told;
}

/** `contents` without all that is not named in `names`. */
export function only(contents: Contents, names: Names): Contents {
  const sas = new Set(names.sas.map(saKey));
  const policies = new Set(names.policies.map(policyKey));
  return {
    sas: contents.sas.filter((sa) => sas.has(saKey(sa))),
    policies: contents.policies.filter((policy) => policies.has(policyKey(policy))),
  };
}

/** The route as the kernel has it: by way of the host itself. */
export function gatewayRoute({ destination, source }: NonNullable<InterfaceRecord['route']>) {
  return { destination, gateway: source, source };
}

/** Undoes what the interface had before and has no more. */
function undoOther(
  name: string,
  before: InterfaceRecord,
  now: InterfaceRecord,
  places: Places,
): void {
  if (before.peerPath !== now.peerPath) leaveRacoon(name, before, places);
  const wasSame = JSON.stringify(before.route) === JSON.stringify(now.route);
  if (before.route !== null && !wasSame) removeGatewayRoute(gatewayRoute(before.route));
}

/** What there is of IKE. */
async function tellRacoon(backend: Backend): Promise<string> {
  if (reloadRacoon() > 0)
    return 'racoon was told to read its files again: it negotiates when packets come';
  const { backend: kind } = await backend.capabilities();
  const when = kind === 'userspace' ? 'runs in the place of ipseald' : 'runs';
  return `no racoon runs here, and without one there are no SAs: packets are held back until it ${when}`;
}

function joined(names: Names, others: Names = { sas: [], policies: [] }): Names {
  return {
    sas: [...names.sas, ...others.sas],
    policies: [...names.policies, ...others.policies],
  };
}

function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
