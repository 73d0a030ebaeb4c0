/**
 * The users of the host as its files have them: passwd(5), shadow(5), group(5).
 *
 * @module
 */

/** The texts of the files. */
export interface AccountFiles {
  readonly passwd: string;
  readonly shadow: string;
  readonly group: string;
}

export interface Account {
  readonly user: string;
  readonly groups: readonly string[];
  /** As crypt(3) wrote it, of a locked account, too; `null` when no password would do. */
  readonly hash: string | null;
  /** Why he must not come in even with the right password, as a clause; `null` when he may. */
  readonly fault: string | null;
}

/** The account of `user` on a day, counted from the epoch on; `null` when there is none. */
export function accountOf(files: AccountFiles, user: string, today: number): Account | null {
  const entry = fieldsOf(files.passwd, user);
  const shadow = fieldsOf(files.shadow, user);
  if (entry === null || shadow === null) return null;
  const [, , uid = ''] = entry;
  const [, written = ''] = shadow;
  const hash = written.replace(LOCK, '');
  const faults = [
    // "No root login. Ever.", as racoon put it.
    Number(uid) === 0 ? 'he is root' : null,
    LOCK.test(written) ? 'the account is locked' : null,
    ageFault(shadow, today),
  ];
  return {
    user,
    groups: groupsOf(files, user),
    hash: hash.startsWith('$') || hash.length >= LEAST_HASH_LENGTH ? hash : null,
    fault: faults.find((each) => each !== null) ?? null,
  };
}

/** The groups that have `user` as a member, and that of his entry in passwd if he has one. */
export function groupsOf({ passwd, group }: AccountFiles, user: string): readonly string[] {
  const gid = fieldsOf(passwd, user)?.[3];
  const entries = linesOf(group).filter(([, , id, members = '']) => {
    return (gid !== undefined && id === gid) || members.split(',').includes(user);
  });
  return entries.map(([name = '']) => name);
}

/**
 * A hash to compute for who has none, so that it takes as long as for the others: that of somebody else.
 */
export function anyHash({ shadow }: AccountFiles): string | null {
  const hashes = linesOf(shadow).map((fields) => (fields[1] ?? '').replace(LOCK, ''));
  return hashes.find((hash) => hash.startsWith('$')) ?? null;
}

/** shadow(5): days since the epoch; an empty field is no limit. */
function ageFault(fields: readonly string[], today: number): string | null {
  const [lastChange, most, expiry] = [fields[2], fields[4], fields[7]].map(dayOf);
  if (expiry !== undefined && today >= expiry) return 'the account has expired';
  if (lastChange === undefined) return null;
  // Nobody can do so by XAuth.
  if (lastChange === 0) return 'the password must be changed first';
  const tooOld = most !== undefined && today - lastChange > most;
  return tooOld ? 'the password has expired' : null;
}

function dayOf(field: string | undefined): number | undefined {
  return field !== undefined && /^\d+$/.test(field) ? Number(field) : undefined;
}

function fieldsOf(text: string, user: string): readonly string[] | null {
  // The first counts, and `+` and `-` are of NIS.
  return linesOf(text).find(([name]) => name === user && /^[^+-]/.test(user)) ?? null;
}

function linesOf(text: string): (readonly string[])[] {
  return text.split('\n').map((line) => line.split(':'));
}

/** What makes of a hash one that no password has (passwd(1), shadow(5)). */
const LOCK = /^[!*]+/;
/** That of DES, which has no `$`. */
const LEAST_HASH_LENGTH = 13;
