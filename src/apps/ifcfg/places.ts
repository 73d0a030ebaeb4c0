/**
 * Where the files of IPsec interfaces are, those of racoon, and what is remembered of interfaces that
 * are up.
 *
 * @module
 */

export interface Places {
  /** `ifcfg-NAME` and `keys-NAME`. */
  readonly scripts: string;
  /** `racoon.conf`, `psk.txt` and a file for each peer. */
  readonly racoon: string;
  /** A file for each interface that is up. */
  readonly records: string;
}

/** Where Red Hat has them. */
export const RED_HAT: Places = {
  scripts: '/etc/sysconfig/network-scripts',
  racoon: '/etc/racoon',
  records: '/run/ipseal/ifcfg',
};

/** The directories of Red Hat, unless others are given on the command line or in the environment. */
export function placesOf(given: Partial<Record<keyof Places, string | null | undefined>>): Places {
  const { IPSEAL_SCRIPTS, IPSEAL_RACOON, IPSEAL_RECORDS } = process.env;
  return {
    scripts: given.scripts || IPSEAL_SCRIPTS || RED_HAT.scripts,
    racoon: given.racoon || IPSEAL_RACOON || RED_HAT.racoon,
    records: given.records || IPSEAL_RECORDS || RED_HAT.records,
  };
}
