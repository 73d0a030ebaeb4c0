/**
 * Asking the kernel what it can do without having it do anything.
 *
 * Linux has no question for that. It does, however, look at an SA to be added in a fixed order: its
 * algorithms by name, its protocol and mode, then the crypto contexts with keys and all, and last
 * its replay window. An SA whose window cannot be is refused as EINVAL if all the rest would do, and
 * nothing is added. Should a kernel take it nevertheless, it is deleted at once.
 *
 * IPComp has no window. There the kernel is asked to update an SA that cannot be, without a CPI: it
 * makes the new one with all its parts, and then finds no old one.
 *
 * @module
 */
import os from 'node:os';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import type { XfrmAlgorithm } from '../../netlink/xfrm-algorithm.ts';
import type { XfrmNewSa } from '../../netlink/xfrm-sa.ts';
import { deleteXfrmSa, rehearseXfrmSa, updateXfrmSa } from '../../netlink/xfrm-sa-request.ts';
import type { KernelTables } from './kernel-tables.ts';

const { EINVAL, ESRCH } = os.constants.errno;

/**
 * Why the kernel would not take an SA such as `sa`, as in errno.h; 0 when it is not known to mind.
 * Of the keys only the lengths count; the keys themselves are not shown to anyone.
 */
export function rehearse(tables: KernelTables, sa: XfrmNewSa): number {
  if (sa.protocol === IP_PROTOCOL.ipcomp) {
    const { errno } = tables.ask(updateXfrmSa({ ...sa, spi: 0 }));
    return errno === ESRCH ? 0 : errno;
  }
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
  const { encryption, integrity, options } = sa;
  return [
    ...[sa.family, sa.protocol, sa.mode, sa.flags, sa.compression?.name],
    ...[options.encapsulation?.type, options.securityContext?.text],
    ...[encryption?.name, encryption?.key.length],
    ...[integrity?.name, integrity?.key.length, integrity?.icvBits],
  ].join();
}

/** No two octets alike: no cipher may call it weak. */
function standInKey({ key }: XfrmAlgorithm): Uint8Array {
  return key.map((_, at) => at * 2 + 1);
}
