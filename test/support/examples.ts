/**
 * The configurations that the project is made for: pairs of setkey files, as people wrote them.
 *
 * The first of them is shipped in `examples/`; others lie beside the checkout, in `../shared`, where
 * there is one.
 *
 * @module
 */
import { existsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './hosts.ts';

/** The files of both hosts. */
export interface ExamplePair {
  readonly alice: string;
  readonly bob: string;
}

/** The pair that is shipped. */
export const GAZETTE: ExamplePair = pairIn(join(PROJECT, 'examples', 'gazette'));

const SHARED = join(PROJECT, '..', 'shared');
let told = false;

/** A file below `../shared`; `null` when there is none, which is said once in one line. */
export function sharedPath(...path: readonly string[]): string | null {
  const found = join(SHARED, ...path);
  if (existsSync(found)) return found;
  if (!told) writeSync(2, `skipped: what needs ${found}, which is not there\n`);
  told = true;
  return null;
}

/** A pair of `../shared/examples`; `null` when it is absent. */
export function sharedExample(name: string): ExamplePair | null {
  const directory = sharedPath('examples', name);
  return directory === null ? null : pairIn(directory);
}

function pairIn(directory: string): ExamplePair {
  return {
    alice: join(directory, 'alice.setkey.conf'),
    bob: join(directory, 'bob.setkey.conf'),
  };
}
