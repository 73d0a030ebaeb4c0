/**
 * Units that are put in their places below the root of a system, and taken away.
 *
 * @module
 */
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { BootUnit } from './places.ts';

/** Puts the pieces of a unit in their places and enables it. Throws what the file system says. */
export function placeUnit({ name, pieces, wanted }: BootUnit, root: string): void {
  for (const { shipped, path } of pieces) {
    const place = below(root, path);
    mkdirSync(dirname(place), { recursive: true });
    copyFileSync(shipped, place);
  }
  const link = below(root, wanted);
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(`/etc/systemd/system/${name}`, link);
}

/**
 * Disables a unit, and takes away those pieces that are as they were shipped; whether all were there.
 * The unit of an `ipseald` that somebody set up otherwise stays as it is.
 */
export function removeUnit(unit: BootUnit, root: string): boolean {
  if (!isPlaced(unit, root)) return false;
  for (const { shipped, path } of unit.pieces) {
    const place = below(root, path);
    if (readFileSync(place, 'utf8') === readFileSync(shipped, 'utf8')) rmSync(place);
  }
  if (isEnabled(unit, root)) rmSync(below(root, unit.wanted));
  return true;
}

/** Whether all its pieces are in their places. */
export function isPlaced({ pieces }: BootUnit, root: string): boolean {
  return pieces.every(({ path }) => existsSync(below(root, path)));
}

/** Whether systemd starts it. */
export function isEnabled({ wanted }: BootUnit, root: string): boolean {
  return lstatSync(below(root, wanted), { throwIfNoEntry: false }) !== undefined;
}

/** `path` of a system whose root is `root`. */
export function below(root: string, path: string): string {
  return root === '/' ? path : `${root}${path}`;
}
