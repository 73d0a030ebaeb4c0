/**
 * Where what loads at boot is kept, and the units that are shipped for it.
 *
 * ```text
 *   /etc/ipseal/boot.conf                               the checked copy, which holds keys
 *   /etc/ipseal/boot.from                               the path of the file that it is of
 *   /etc/systemd/system/ipseal-boot.service             for the kernel's IPsec
 *   /etc/systemd/system/ipseald.service                 for the userspace data plane
 *   /etc/systemd/system/ipseald.service.d/ipseal-boot.conf
 *   /etc/systemd/system/ipseal-ifcfg.service            for interfaces of Red Hat's network scripts
 * ```
 *
 * @module
 */
import { fileURLToPath } from 'node:url';

/** The checked copy. */
export const BOOT_FILE = '/etc/ipseal/boot.conf';
/** Says what it is a copy of. */
export const BOOT_ORIGIN = '/etc/ipseal/boot.from';

/** A file that is put in its place, and of what. */
export interface Piece {
  readonly shipped: string;
  readonly path: string;
}

export type BootBackend = 'kernel' | 'userspace';

/** What systemd starts at boot, and what enables it. */
export interface BootUnit {
  readonly name: string;
  /** The first is the unit. */
  readonly pieces: readonly Piece[];
  /** The link that enables it. */
  readonly wanted: string;
}

const SYSTEM = '/etc/systemd/system';

export const BOOT_UNITS: Readonly<Record<BootBackend, BootUnit>> = {
  kernel: {
    name: 'ipseal-boot.service',
    pieces: [piece('ipseal-boot.service', `${SYSTEM}/ipseal-boot.service`)],
    wanted: `${SYSTEM}/sysinit.target.wants/ipseal-boot.service`,
  },
  userspace: {
    name: 'ipseald.service',
    pieces: [
      piece('ipseald.service', `${SYSTEM}/ipseald.service`),
      piece('ipseald-boot.conf', `${SYSTEM}/ipseald.service.d/ipseal-boot.conf`),
      piece('ipseal.sysusers', '/etc/sysusers.d/ipseal.conf'),
    ],
    wanted: `${SYSTEM}/multi-user.target.wants/ipseald.service`,
  },
};

/** What runs `ifup-ipsec --onboot`. */
export const IFCFG_UNIT: BootUnit = {
  name: 'ipseal-ifcfg.service',
  pieces: [piece('ipseal-ifcfg.service', `${SYSTEM}/ipseal-ifcfg.service`)],
  wanted: `${SYSTEM}/multi-user.target.wants/ipseal-ifcfg.service`,
};

function piece(name: string, path: string): Piece {
  return { shipped: fileURLToPath(new URL(`../../../../systemd/${name}`, import.meta.url)), path };
}
