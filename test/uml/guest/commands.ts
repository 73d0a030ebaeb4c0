/**
 * What tests inside a guest do beside the kernel backend: run programs, load files.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { readSetkey } from '../../../src/config/index.ts';
import type { Change } from '../../../src/ipsec/change.ts';

/** Runs a shell script and returns what it printed; throws when it fails. */
export function sh(script: string): string {
  return execFileSync('sh', ['-ec', script], { encoding: 'utf8', stdio: 'pipe' });
}

/** `ip xfrm state` as it prints it, without empty lines and blanks at the ends of lines. */
export function ipXfrm(what: 'state' | 'policy'): string[] {
  return sh(`ip xfrm ${what}`)
    .split(/\n(?=src )/)
    .map((entry) => entry.trim().replace(/\s*\n\s*/g, '\n'))
    .filter((entry) => entry !== '');
}

/** The changes that a setkey file asks for, in one commit. */
export function changesOf(file: string): Change[] {
  return changesIn(readFileSync(file, 'utf8'), file);
}

/** The changes that the text of a setkey file asks for, in one commit. */
export function changesIn(text: string, file = 'a file'): Change[] {
  const { steps, diagnostics } = readSetkey({ name: file, text });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(`Cannot read ${file}: ${errors[0]?.message}`);
  return steps.flatMap((step) => (step.kind === 'change' ? step.changes : []));
}

/** Waits until `condition` holds: two minutes at most, since guests can be slow. */
export async function waitFor(condition: () => boolean): Promise<void> {
  const end = performance.now() + 120_000;
  while (!condition() && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(condition()).toBe(true);
}
