/**
 * What loads at boot, as `ipseal boot status --json` has it.
 *
 * @module
 */
import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import {
  type Habit,
  habitOfIpsecTools,
  habitsOfScript,
  IPSEC_TOOLS_FILES,
  LOCAL_SCRIPTS,
} from './habits.ts';
import { below } from './install.ts';
import { BOOT_FILE, BOOT_ORIGIN, BOOT_UNITS, type BootBackend } from './places.ts';

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
  /** Other things that load IPsec at boot. */
  readonly habits: readonly Habit[];
}

/** Looks at the system whose root is `root`. */
export function bootState(root: string): BootState {
  const copy = textOf(below(root, BOOT_FILE));
  const backend =
    (['kernel', 'userspace'] as const).find((each) =>
      BOOT_UNITS[each].pieces.every(({ path }) => existsSync(below(root, path))),
    ) ?? null;
  const unit = backend === null ? null : BOOT_UNITS[backend];
  const source = textOf(below(root, BOOT_ORIGIN))?.trim() ?? null;
  return {
    version: 1,
    backend: copy === null ? null : backend,
    unit: unit?.name ?? null,
    enabled:
      unit !== null && lstatSync(below(root, unit.wanted), { throwIfNoEntry: false }) !== undefined,
    source,
    sourceIs: source === null ? null : comparison(textOf(source), copy),
    readableByOthers: copy !== null && (statSync(below(root, BOOT_FILE)).mode & 0o007) !== 0,
    habits: habitsOf(root),
  };
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
  if (state.backend === null) lines.push('nothing loads at boot: ipseal boot install FILE');
  else {
    const disabled = state.enabled ? '' : `, which is disabled: systemctl enable ${state.unit}`;
    lines.push(`${BOOT_FILE} is loaded at boot by ${state.unit}${disabled}`);
    if (state.source !== null) lines.push(`  a copy of ${state.source}${sourceWords(state)}`);
  }
  if (state.readableByOthers) lines.push(`  others can read its keys: chmod o= ${BOOT_FILE}`);
  return [...lines, ...habitLines(state.habits)];
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
