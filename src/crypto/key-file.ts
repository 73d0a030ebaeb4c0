/**
 * Who may use a file that holds keys: its owner alone, who is us.
 *
 * @module
 */

/** Who owns a file and who may do what with it, as `stat` tells. */
export interface FileAccess {
  readonly uid: number;
  readonly mode: number;
}

/** Why a file of keys is not to be used by user `uid`, as a clause; `null` when nothing speaks against it. */
export function keyFileFault(access: FileAccess, uid: number): string | null {
  const mode = `0${(access.mode & 0o777).toString(8).padStart(3, '0')}`;
  if (access.uid !== uid) return `it belongs to user ${access.uid}, and not to user ${uid}`;
  return (access.mode & 0o077) === 0 ? null : `others may use it (mode ${mode}): chmod 600 it`;
}
