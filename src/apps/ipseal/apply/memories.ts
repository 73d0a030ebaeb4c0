/**
 * The memories that a verb is about which needs no backend to find them.
 *
 * @module
 */
import { resolve } from 'node:path';
import type { BackendChoice } from '../../backend-choice.ts';
import { controlPath } from '../../control/path.ts';
import { Memory } from './memory.ts';

/** Of one backend, or of both under `auto`. */
export function memoriesFor(choice: BackendChoice, control: string | undefined): Memory[] {
  const path = resolve(controlPath(control));
  const kinds = choice === 'auto' ? (['kernel', 'userspace'] as const) : [choice];
  return kinds.map((kind) => new Memory(kind, path));
}
