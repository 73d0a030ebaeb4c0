/**
 * Users and groups by their names, wherever the system keeps them (getpwnam(3), getgrnam(3)).
 *
 * @module
 */
import koffi from 'koffi';

const library = koffi.load(null);

/** The beginnings of `struct passwd` and `struct group`. */
koffi.struct('ipseal_passwd', {
  pw_name: 'const char *',
  pw_passwd: 'const char *',
  pw_uid: 'uint32_t',
  pw_gid: 'uint32_t',
});
koffi.struct('ipseal_group', {
  gr_name: 'const char *',
  gr_passwd: 'const char *',
  gr_gid: 'uint32_t',
});

const getpwnam = library.func('ipseal_passwd *getpwnam(const char *name)');
const getgrnam = library.func('ipseal_group *getgrnam(const char *name)');

/** The numbers of a user and of the group that is its own; a user by number has none. */
export interface UserIds {
  readonly uid: number;
  readonly gid: number | null;
}

/** The user `name`, which may be a number itself; `null` when there is none. */
export function userIds(name: string): UserIds | null {
  if (/^\d{1,9}$/.test(name)) return { uid: Number(name), gid: null };
  const found: unknown = getpwnam(name);
  if (found === null) return null;
  const entry = koffi.decode(found, 'ipseal_passwd') as { pw_uid: number; pw_gid: number };
  return { uid: entry.pw_uid, gid: entry.pw_gid };
}

/** The number of the group `name`, which may be a number itself; `null` when there is none. */
export function groupId(name: string): number | null {
  if (/^\d{1,9}$/.test(name)) return Number(name);
  const found: unknown = getgrnam(name);
  return found === null ? null : (koffi.decode(found, 'ipseal_group') as { gr_gid: number }).gr_gid;
}
