/**
 * `ipseal ifcfg list`: the IPsec interfaces of Red Hat's network scripts, for people and boot units.
 *
 * @module
 */
import { listInterfaces } from '../../ifcfg/load.ts';
import { placesOf } from '../../ifcfg/places.ts';

export interface ListOptions {
  readonly json?: boolean;
  readonly onboot?: boolean;
  readonly scripts?: string;
}

/** Prints a name a line, or an object; resolves with the exit status. */
export async function list(options: ListOptions): Promise<number> {
  const listed = listInterfaces(placesOf(options)).filter(
    ({ onBoot }) => onBoot || !options.onboot,
  );
  const lines = listed.map(({ name, onBoot }) =>
    options.json ? JSON.stringify({ version: 1, type: 'ifcfg-name', name, onBoot }) : name,
  );
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return 0;
}
