/**
 * What loads at boot, as `ipseal boot status --json` has it.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs';
import {
  type Habit,
  habitOfIpsecTools,
  habitsOfScript,
  IPSEC_TOOLS_FILES,
  LOCAL_SCRIPTS,
} from './habits.ts';
import { interfacesAtBoot } from './ifcfg.ts';
import { BOOT_FILE, BOOT_ORIGIN, BOOT_UNITS, type BootBackend, IFCFG_UNIT } from './places.ts';
import { below, isEnabled, isPlaced } from './units.ts';

export interface BootState {
  readonly version: 1;
  /** What loads it; `null` when nothing is installed. */
  readonly backend: BootBackend | null;
  readonly unit: string | null;
  /** Whether systemd starts the unit. */
  readonly enabled: boolean;
  /** The file that the copy was made of. */
  readonly source: string | null;
  /** Whether that is still what the copy says; `gone` when it cannot be read. */
  readonly sourceIs: 'the same' | 'changed' | 'gone' | null;
  /** Whether others than root and `ipseald` can read the keys. */
  readonly readableByOthers: boolean;
  /** Red Hat's interfaces. */
  readonly ifcfg: {
    /** What brings them up; `null` when nothing is installed. */
    readonly unit: string | null;
    readonly enabled: boolean;
    /** Those that shall come up with the host, by name. */
    readonly interfaces: readonly string[];
  };
  /** Other things that load IPsec at boot. */
  readonly habits: readonly Habit[];
}

/** Looks at the system whose root is `root`. */
export function bootState(root: string): BootState {
  const copy = textOf(below(root, BOOT_FILE));
  const backend =
    (['kernel', 'userspace'] as const).find((each) => isPlaced(BOOT_UNITS[each], root)) ?? null;
  const unit = backend === null ? null : BOOT_UNITS[backend];
  const source = textOf(below(root, BOOT_ORIGIN))?.trim() ?? null;
  return {
    version: 1,
    backend: copy === null ? null : backend,
    unit: unit?.name ?? null,
    enabled: unit !== null && isEnabled(unit, root),
    source,
    sourceIs: source === null ? null : comparison(textOf(source), copy),
    readableByOthers: copy !== null && (statSync(below(root, BOOT_FILE)).mode & 0o007) !== 0,
    ifcfg: {
      unit: isPlaced(IFCFG_UNIT, root) ? IFCFG_UNIT.name : null,
      enabled: isEnabled(IFCFG_UNIT, root),
      interfaces: interfacesAtBoot(root),
    },
    habits: habitsOf(root),
  };
}

/** Whether something is installed, and all that is comes with the host. */
export function comesWithHost({ backend, enabled, ifcfg }: BootState): boolean {
  const installed = [
    ...(backend === null ? [] : [enabled]),
    ...(ifcfg.unit === null ? [] : [ifcfg.enabled]),
  ];
  return installed.length > 0 && !installed.includes(false);
}

function comparison(source: string | null, copy: string | null): BootState['sourceIs'] {
  if (source === null) return 'gone';
  return source === copy ? 'the same' : 'changed';
}

/** What else loads IPsec at boot. */
export function habitsOf(root: string): Habit[] {
  const scripts = LOCAL_SCRIPTS.flatMap((path) => {
    const text = textOf(below(root, path));
    return text === null ? [] : habitsOfScript(path, text);
  });
  const tools = IPSEC_TOOLS_FILES.flatMap((path) => {
    const text = textOf(below(root, path));
    return (text === null ? null : habitOfIpsecTools(path, text)) ?? [];
  });
  return [...scripts, ...tools];
}

/** For people. */
export function stateLines(state: BootState): string[] {
  const lines = [];
  if (state.backend !== null) {
    const disabled = state.enabled ? '' : `, which is disabled: systemctl enable ${state.unit}`;
    lines.push(`${BOOT_FILE} is loaded at boot by ${state.unit}${disabled}`);
    if (state.source !== null) lines.push(`  a copy of ${state.source}${sourceWords(state)}`);
  }
  if (state.readableByOthers) lines.push(`  others can read its keys: chmod o= ${BOOT_FILE}`);
  lines.push(...interfaceLines(state.ifcfg));
  if (state.backend === null && state.ifcfg.unit === null) {
    lines.unshift('nothing loads at boot: ipseal boot install FILE');
  }
  return [...lines, ...habitLines(state.habits)];
}

function interfaceLines({ unit, enabled, interfaces }: BootState['ifcfg']): string[] {
  const names = interfaces.join(', ');
  if (unit === null) {
    if (names === '') return [];
    return [`${names} of the network scripts does not come up: ipseal boot install --ifcfg`];
  }
  const brought = `brings up at boot: ${names || 'nothing, for no interface says so'}`;
  return enabled
    ? [`${unit} ${brought}`]
    : [`${unit}, which is disabled, ${brought}; systemctl enable ${unit}`];
}

function sourceWords({ source, sourceIs }: BootState): string {
  if (sourceIs === 'changed') {
    return `, which has changed since: ipseal boot install ${source}`;
  }
  return sourceIs === 'gone' ? ', which is not there any more' : '';
}

/** What else there is, for people. */
export function habitLines(habits: readonly Habit[]): string[] {
  return habits.map(({ path, line, what, fix }) => {
    const place = line === null ? path : `${path}:${line}`;
    return `${place}: ${what}; ${fix}`;
  });
}

/** `null` when it cannot be read. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
