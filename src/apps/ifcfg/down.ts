/**
 * Taking an interface down: the route, SAs and policies by one commit, the line in `racoon.conf`.
 *
 * What coming up did is in its record; without one, as after the old scripts, the files of the interface
 * say what it would have done. The peer's file and its line in `psk.txt` stay, as the scripts left them.
 *
 * @module
 */
import { removeGatewayRoute } from '../../io/gateway-route.ts';
import type { Backend } from '../../ipsec/backend.ts';
import { NOTHING, namesOf } from '../../ipsec/contents.ts';
import { reconcile } from '../../ipsec/reconcile.ts';
import { commitDifference } from '../configuration/commit-difference.ts';
import type { Places } from './places.ts';
import type { InterfacePlan } from './plan.ts';
import { leaveRacoon, reloadRacoon } from './racoon.ts';
import { type InterfaceRecord, removeRecord } from './record.ts';
import { gatewayRoute, only } from './up.ts';

/** What `plan` would have done. */
export function recordOf({ contents, route, racoon }: InterfacePlan): InterfaceRecord {
  return { names: namesOf(contents), route, peerPath: racoon?.peerPath ?? null };
}

/** Undoes `record` of the interface `name` and says what was there, as a clause. Throws what fails. */
export async function takeDown(
  name: string,
  record: InterfaceRecord,
  backend: Backend,
  places: Places,
): Promise<string> {
  const hadRoute = record.route !== null && removeGatewayRoute(gatewayRoute(record.route));
  const { changes } = await commitDifference(backend, (present) => ({
    changes: reconcile(only(present, record.names), NOTHING),
  }));
  const hadInclude = leaveRacoon(name, record, places);
  if (hadInclude) reloadRacoon();
  removeRecord(name, places);
  const sas = changes.filter(({ kind }) => kind === 'delete-sa').length;
  const policies = changes.filter(({ kind }) => kind === 'delete-policy').length;
  if (sas + policies === 0 && !hadRoute && !hadInclude) return 'was not up: nothing to take away';
  const parts = [
    `${sas} ${sas === 1 ? 'SA' : 'SAs'}`,
    `${policies} ${policies === 1 ? 'policy' : 'policies'}`,
    ...(hadRoute ? ['a route'] : []),
    ...(hadInclude ? ['the line of racoon.conf'] : []),
  ];
  return `down: took away ${parts.join(', ')}`;
}
