/**
 * What racoon may do once it runs: what IPsec needs and no more, and as whom the configuration says.
 *
 * @module
 */
import type { Privileges, RacoonConfiguration } from '../../config/racoon/configuration.ts';
import { becomeUser, type Capability } from '../../io/machine/capabilities.ts';
import { groupId, userIds } from '../../io/machine/users.ts';
import { adminOwner } from './admin/serve.ts';

/** SAs, policies, routes; marks; the ports of IKE, also on addresses that come later. */
const ALWAYS: readonly Capability[] = ['CAP_NET_ADMIN', 'CAP_NET_RAW', 'CAP_NET_BIND_SERVICE'];
/** Hook scripts add addresses, routes and policies. */
const OF_SCRIPTS: readonly Capability[] = ['CAP_NET_ADMIN'];

/** Who racoon is to become. */
export interface RacoonUser {
  readonly uid: number;
  readonly gid: number;
}

/** All that racoon may ever be able to do, from its start on. Throws as {@link racoonUser}. */
export function neededCapabilities({
  privileges,
  adminSocket,
}: RacoonConfiguration): readonly Capability[] {
  const needed = [...ALWAYS];
  const user = racoonUser(privileges);
  if (user !== null) needed.push('CAP_SETUID', 'CAP_SETGID');
  const owner = adminSocket === null ? null : adminOwner(adminSocket);
  if (owner !== null && (owner.uid !== 0 || owner.gid !== 0)) needed.push('CAP_CHOWN');
  return needed;
}

/** Whom `privsep` names; `null` when it names nobody, or root. Throws where there is no such user or group. */
export function racoonUser({ user, group }: Privileges): RacoonUser | null {
  if (user === null && group === null) return null;
  const ids = userIds(user ?? '0');
  if (ids === null) throw new Error(`privsep: there is no user "${user}"`);
  const gid = group === null ? ids.gid : groupId(group);
  if (group !== null && gid === null) throw new Error(`privsep: there is no group "${group}"`);
  if (gid === null) throw new Error('privsep: a user by number needs a group, too');
  return ids.uid === 0 && gid === 0 ? null : { uid: ids.uid, gid };
}

/** Becomes `user`, with what is still needed. Throws. */
export function confine(user: RacoonUser | null): void {
  if (user !== null) becomeUser(user, ALWAYS, OF_SCRIPTS);
}
