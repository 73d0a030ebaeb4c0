/**
 * Which of the programs that the lab needs are installed.
 *
 * @module
 */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const { PATH = '' } = process.env;

/** The test's PATH and the directories of system programs, which are not on everybody's. */
export const LAB_PATH: string = `${PATH}:/usr/sbin:/usr/bin:/sbin:/bin`;

/** Where `test/lab/install` has unpacked Libreswan. */
export const LIBRESWAN = '/var/lib/ipseal-lab/libreswan';

/** Whether `program` can be found and run. */
export function installed(program: string): boolean {
  return LAB_PATH.split(':').some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The C compiler for the guest's shim. */
export function compiler(): string | null {
  return ['tcc', 'cc'].find(installed) ?? null;
}
