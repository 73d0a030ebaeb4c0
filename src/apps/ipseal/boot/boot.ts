/**
 * `ipseal boot`: policies and SAs that are there before the network is.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { kernelHasIpsec } from '../../../io/xfrm/kernel-ipsec.ts';
import { backendChoice } from '../../backend-choice.ts';
import { openBackend } from '../../open-backend.ts';
import { openSource } from '../../setkey/run.ts';
import { below, complaintAgainst, install, letDaemonRead, remove } from './install.ts';
import { loadAtBoot } from './load.ts';
import { BOOT_FILE, BOOT_UNITS, type BootBackend } from './places.ts';
import { bootState, habitLines, habitsOf, stateLines } from './state.ts';

export interface BootOptions {
  /** Where the system to work on begins. */
  readonly root: string;
  readonly backend?: string;
  readonly json?: boolean;
}

/** `ipseal boot install FILE`; resolves with the exit status. */
export function bootInstall(file: string, { root, backend }: BootOptions): number {
  const chosen = chosenBackend(backend);
  if (!existsSync(root))
    throw new Error(`there is no directory ${root} to be the root of a system`);
  const source = openSource(file);
  const complaint = complaintAgainst(source, chosen);
  if (complaint !== null) {
    process.stderr.write(`${complaint}\nnothing was changed: what loads at boot is as it was\n`);
    return 1;
  }
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
  lines.push(...habitLines(habitsOf(root)), ...reload(root, name));
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

/** `ipseal boot remove`; resolves with the exit status. */
export function bootRemove({ root }: BootOptions): number {
  const wasThere = remove(root);
  if (wasThere) reload(root, '');
  const told = wasThere
    ? 'nothing loads at boot any more; what is in force stays until then'
    : 'nothing was installed';
  process.stdout.write(`${told}\n`);
  return 0;
}

/** `ipseal boot status`; resolves with the exit status: 1 when nothing is installed and enabled. */
export function bootStatus({ root, json }: BootOptions): number {
  const state = bootState(root);
  const lines = json ? [JSON.stringify(state)] : stateLines(state);
  process.stdout.write(`${lines.join('\n')}\n`);
  return state.backend !== null && state.enabled ? 0 : 1;
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

/** Has systemd read its units again; what is to be said where it does not run. */
function reload(root: string, name: string): string[] {
  if (root !== '/') return [];
  if (!existsSync('/run/systemd/system')) {
    return ['systemd does not run here: have "ipseal boot load" run before the network is set up'];
  }
  spawnSync('systemctl', ['daemon-reload']);
  return [`to load it now: systemctl restart ${name}`];
}
