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

/** A file below `../shared`; `null`, said in one line, when there is none. */
export function sharedPath(...path: readonly string[]): string | null {
  const found = join(SHARED, ...path);
  if (existsSync(found)) return found;
  writeSync(2, `skipped: there is no ${found}\n`);
  return null;
}

/** A pair of `../shared/examples`; `null`, said in one line, when it is absent. */
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
