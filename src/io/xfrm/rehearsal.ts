/**
 * Asking the kernel what it can do without having it do anything.
 *
 * Linux has no question for that. It does, however, look at an SA to be added in a fixed order: its
 * algorithms by name, its protocol and mode, then the crypto contexts with keys and all, and last
 * its replay window. An SA whose window cannot be is refused as EINVAL if all the rest would do, and
 * nothing is added. Should a kernel take it nevertheless, it is deleted at once.
 *
 * @module
 */
import os from 'node:os';
import type { XfrmAlgorithm } from '../../netlink/xfrm-algorithm.ts';
import type { XfrmNewSa } from '../../netlink/xfrm-sa.ts';
import { deleteXfrmSa, rehearseXfrmSa } from '../../netlink/xfrm-sa-request.ts';
import type { KernelTables } from './kernel-tables.ts';

const { EINVAL } = os.constants.errno;

/**
 * Why the kernel would not take an SA such as `sa`, as in errno.h; 0 when it is not known to mind.
 * Of the keys only the lengths count; the keys themselves are not shown to anyone.
 */
export function rehearse(tables: KernelTables, sa: XfrmNewSa): number {
  const { encryption, integrity } = sa;
  const stand = {
    ...sa,
    encryption: encryption && { ...encryption, key: standInKey(encryption) },
    integrity: integrity && { ...integrity, key: standInKey(integrity) },
  };
  const { errno } = tables.ask(rehearseXfrmSa(stand));
  if (errno === 0) tables.ask(deleteXfrmSa(stand));
  return errno === EINVAL ? 0 : errno;
}

/** What two SAs have in common that stand or fall together in a rehearsal. */
export function rehearsalKey(sa: XfrmNewSa): string {
  const { encryption, integrity } = sa;
  return [
    ...[sa.family, sa.protocol, sa.mode, sa.flags],
    ...[encryption?.name, encryption?.key.length],
    ...[integrity?.name, integrity?.key.length, integrity?.icvBits],
  ].join();
}

/** No two octets alike: no cipher may call it weak. */
function standInKey({ key }: XfrmAlgorithm): Uint8Array {
  return key.map((_, at) => at * 2 + 1);
}
