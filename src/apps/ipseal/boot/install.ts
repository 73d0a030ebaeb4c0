/**
 * `ipseal boot install` and `remove`: what loads a setkey file before the network is up.
 *
 *   FILE ──► read, no name to look up, nothing locked out ──► copy ──► unit, enabled
 *
 * What loads at boot is the copy: a file that is being edited, or that went wrong, is not looked at
 * until it is installed again, and passes. So the last good one stays in force.
 *
 * @module
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { formatDiagnostic, readSetkey } from '../../../config/index.ts';
import { formatSpdadd } from '../../../config/setkey/statement-text.ts';
import { outcomeOf } from '../../../ipsec/contents.ts';
import { ESSENTIAL_FLOWS, type EssentialTraffic } from '../../../ipsec/essential-flows.ts';
import { lockOuts } from '../../../ipsec/lock-out.ts';
import { changesOf } from '../../configuration/files.ts';
import { BOOT_FILE, BOOT_ORIGIN, BOOT_UNITS, type BootBackend } from './places.ts';
import { below, placeUnit, removeUnit } from './units.ts';

/** Why `file` must not load at boot, as people read it; `null` when nothing is wrong. */
export function complaintAgainst(
  file: { readonly name: string; readonly text: string },
  backend: BootBackend,
): string | null {
  const { steps, diagnostics, wantedNames } = readSetkey(file);
  if (wantedNames.hosts.length > 0) {
    const names = wantedNames.hosts.map((host) => `"${host}"`).join(', ');
    return `${file.name}: error: there is no network yet to look up ${names}: write addresses`;
  }
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return errors.map(formatDiagnostic).join('\n');
  const changes = changesOf(steps);
  if (changes.length === 0) {
    return `${file.name}: error: no statement that says anything; where nothing shall be in force, ipseal boot remove`;
  }
  const flows = ESSENTIAL_FLOWS.filter(
    ({ kind, exemptBy }) => REACHING.includes(kind) && !exemptBy.includes(backend),
  );
  const stopped = lockOuts(outcomeOf(changes), flows).filter(({ fate }) => fate !== 'served');
  if (stopped.length === 0) return null;
  return stopped
    .map(({ flow, policy, fix }) => {
      const told = `${file.name}: error: it would stop ${FLOW_WORDS[flow.kind]}: ${formatSpdadd(policy)}`;
      return fix === null ? told : `${told}\n  fix: add ${formatSpdadd(fix)}`;
    })
    .join('\n');
}

/** What a host needs to be reached at all. Not IKE: with keys in the file nobody has to speak it. */
const REACHING: readonly EssentialTraffic[] = ['loopback', 'neighbour-discovery', 'dhcp'];

const FLOW_WORDS: Readonly<Record<EssentialTraffic, string>> = {
  session: 'the connection that you work over',
  ike: 'IKE',
  loopback: 'packets of this host to itself',
  'neighbour-discovery': 'Neighbour Discovery',
  dhcp: 'DHCP',
};

/**
 * Copies `text`, which was checked, and puts the units in their places below `root`, those of the
 * other backend removed. Throws what the file system says against it.
 */
export function install(
  source: { readonly name: string; readonly text: string },
  backend: BootBackend,
  root: string,
): void {
  removeUnit(BOOT_UNITS[backend === 'kernel' ? 'userspace' : 'kernel'], root);
  const copy = below(root, BOOT_FILE);
  mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
  replace(copy, source.text, 0o600);
  replace(below(root, BOOT_ORIGIN), `${resolve(source.name)}\n`, 0o644);
  placeUnit(BOOT_UNITS[backend], root);
}

/** Lets the group that `ipseald` runs as read the copy; whether there is such a group. */
export function letDaemonRead(root: string): boolean {
  const groups = existsSync(below(root, '/etc/group'))
    ? readFileSync(below(root, '/etc/group'), 'utf8')
    : '';
  const gid = /^ipseal:[^:]*:(\d+):/m.exec(groups)?.[1];
  if (gid === undefined) return false;
  const copy = below(root, BOOT_FILE);
  chownSync(copy, 0, Number(gid));
  chmodSync(copy, 0o640);
  return true;
}

/** Takes away the copy and the units of both backends; whether anything was there. */
export function remove(root: string): boolean {
  const copies = [BOOT_FILE, BOOT_ORIGIN].map((path) => below(root, path));
  const wasThere = copies.some((path) => existsSync(path));
  for (const path of copies) rmSync(path, { force: true });
  const removed = Object.values(BOOT_UNITS).map((unit) => removeUnit(unit, root));
  return [...removed, wasThere].includes(true);
}

/** Whole or not at all, as far as another process can see. */
function replace(path: string, text: string, mode: number): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, text, { mode });
  renameSync(fresh, path);
}
