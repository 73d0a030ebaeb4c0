/**
 * `ipseal boot`: policies and SAs that are there before the network is.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { kernelHasIpsec } from '../../../io/xfrm/kernel-ipsec.ts';
import { backendChoice } from '../../backend-choice.ts';
import { UsageError } from '../../getopt.ts';
import { openBackend } from '../../open-backend.ts';
import { openSource } from '../../setkey/run.ts';
import { complaintAgainstInterfaces, interfacesAtBoot } from './ifcfg.ts';
import { complaintAgainst, install, letDaemonRead, remove } from './install.ts';
import { loadAtBoot } from './load.ts';
import { BOOT_FILE, BOOT_UNITS, type BootBackend, IFCFG_UNIT } from './places.ts';
import { bootState, comesWithHost, habitLines, habitsOf, stateLines } from './state.ts';
import { below, isPlaced, placeUnit, removeUnit } from './units.ts';

export interface BootOptions {
  /** Where the system to work on begins. */
  readonly root: string;
  readonly backend?: string;
  readonly json?: boolean;
  /** The interfaces of Red Hat's network scripts, and no file. */
  readonly ifcfg?: boolean;
}

/** `ipseal boot install FILE` or `--ifcfg`; returns the exit status. Throws a {@link UsageError}. */
export function bootInstall(file: string | undefined, options: BootOptions): number {
  if (options.ifcfg) {
    if (file !== undefined) throw new UsageError(`"${file}" and --ifcfg: one after the other`);
    return installInterfaces(options);
  }
  if (file === undefined) throw new UsageError('install what? give a FILE, or --ifcfg');
  return installFile(file, options);
}

function installFile(file: string, { root, backend }: BootOptions): number {
  const chosen = chosenBackend(backend);
  if (!existsSync(root))
    throw new Error(`there is no directory ${root} to be the root of a system`);
  const source = openSource(file);
  const complaint = complaintAgainst(source, chosen);
  if (complaint !== null) return refused(complaint);
  install(source, chosen, root);
  const { name } = BOOT_UNITS[chosen];
  const lines = [`${name} loads it at boot, from ${BOOT_FILE}`];
  if (chosen === 'userspace') {
    spawnSync('systemd-sysusers', root === '/' ? [] : [`--root=${root}`]);
    if (!letDaemonRead(root)) {
      lines.push(
        `ipseald cannot read it yet: systemd-sysusers && chgrp ipseal ${BOOT_FILE} && chmod 640 ${BOOT_FILE}`,
      );
    }
  }
  const loading = '"ipseal boot load" run before the network is set up';
  lines.push(...habitLines(habitsOf(root)), ...nowWords(root, name, loading));
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

function installInterfaces({ root, backend }: BootOptions): number {
  const chosen = chosenBackend(backend);
  const names = interfacesAtBoot(root);
  const complaint = complaintAgainstInterfaces(names, root);
  if (complaint !== null) return refused(complaint);
  placeUnit(IFCFG_UNIT, root);
  const { name } = IFCFG_UNIT;
  const lines = [`${name} brings up ${names.join(', ')} at boot, once the network is up`];
  if (chosen === 'userspace' && !isPlaced(BOOT_UNITS.userspace, root)) {
    lines.push('this kernel lacks ESP or AH, and they need an ipseald at boot: docs/ipseald.md');
  }
  lines.push(...nowWords(root, name, '"ifup-ipsec --onboot" run once the network is up'));
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

function refused(complaint: string): number {
  process.stderr.write(`${complaint}\nnothing was changed: what loads at boot is as it was\n`);
  return 1;
}

/** `ipseal boot remove`, and `--ifcfg`; returns the exit status. */
export function bootRemove({ root, ifcfg }: BootOptions): number {
  const wasThere = ifcfg ? removeUnit(IFCFG_UNIT, root) : remove(root);
  if (wasThere) reloadSystemd(root);
  const told = wasThere
    ? `${ifcfg ? 'no interface comes up' : 'no file loads'} at boot any more; what is in force stays until then`
    : 'nothing was installed';
  process.stdout.write(`${told}\n`);
  return 0;
}

/** `ipseal boot status`; resolves with the exit status: 1 when nothing is installed and enabled. */
export function bootStatus({ root, json }: BootOptions): number {
  const state = bootState(root);
  const lines = json ? [JSON.stringify(state)] : stateLines(state);
  process.stdout.write(`${lines.join('\n')}\n`);
  return comesWithHost(state) ? 0 : 1;
}

/** `ipseal boot load`, which the kernel's unit runs; resolves with the exit status. */
export async function bootLoad({ root, backend }: BootOptions): Promise<number> {
  const opened = await openBackend(backendChoice(backend ?? installedBackend(root)));
  try {
    const report = (text: string) => process.stderr.write(text);
    return (await loadAtBoot(below(root, BOOT_FILE), opened, report)) ? 0 : 1;
  } finally {
    await opened.close();
  }
}

/** Where the unit that is there loads: the kernel would stop what ipseald is to protect. */
export function installedBackend(root: string): BootBackend {
  return bootState(root).backend ?? 'kernel';
}

/** The kernel where it has ESP and AH, as every command does. */
function chosenBackend(given: string | undefined): BootBackend {
  const choice = backendChoice(given);
  if (choice !== 'auto') return choice;
  const kernel = kernelHasIpsec();
  return typeof kernel !== 'string' && kernel.esp && kernel.ah ? 'kernel' : 'userspace';
}

/** How to start `unit` now; where systemd does not run, what to have done in its stead. */
function nowWords(root: string, unit: string, instead: string): string[] {
  if (root !== '/') return [];
  if (reloadSystemd(root)) return [`to do it now: systemctl restart ${unit}`];
  return [`systemd does not run here: have ${instead}`];
}

/** Has systemd read its units again; whether it runs here. */
function reloadSystemd(root: string): boolean {
  if (root !== '/' || !existsSync('/run/systemd/system')) return false;
  spawnSync('systemctl', ['daemon-reload']);
  return true;
}
