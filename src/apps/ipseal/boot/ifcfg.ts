/**
 * `ipseal boot install --ifcfg`: the interfaces of Red Hat's network scripts come up with the host.
 *
 * Nothing is copied: `ifup-ipsec --onboot` reads their files at boot, as the scripts did.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { formatDiagnostic } from '../../../config/index.ts';
import { listInterfaces, loadInterface } from '../../ifcfg/load.ts';
import { RED_HAT } from '../../ifcfg/places.ts';
import { below } from './units.ts';

/** Those of the system whose root is `root` that come up with it, by name. Most systems have none. */
export function interfacesAtBoot(root: string): string[] {
  const places = scriptsOf(root);
  if (!existsSync(places.scripts)) return [];
  return listInterfaces(places).flatMap(({ name, onBoot }) => (onBoot ? name : []));
}

/** Why not all of `names` would come up, as people read it; `null` when nothing is wrong. */
export function complaintAgainstInterfaces(names: readonly string[], root: string): string | null {
  const places = scriptsOf(root);
  if (names.length === 0) {
    return `${places.scripts}: error: no ifcfg-NAME of TYPE=IPSEC there comes up with the host`;
  }
  const complaints = names.flatMap((name) => {
    const { reading, exposed } = loadInterface(name, places);
    const errors = reading.diagnostics.filter(({ severity }) => severity === 'error');
    return [...errors.map(formatDiagnostic), ...exposed.map((why) => `${name}: error: ${why}`)];
  });
  return complaints.length === 0 ? null : complaints.join('\n');
}

function scriptsOf(root: string): { readonly scripts: string } {
  return { scripts: below(root, RED_HAT.scripts) };
}
