/**
 * `ipseal doctor`: the command line.
 *
 * @module
 */
import { type AddVerb, BACKEND, CONTROL } from '../verb.ts';
import type { DoctorOptions } from './doctor.ts';

/** Adds the verb to `ipseal`. */
export const addDoctor: AddVerb = (program, end) => {
  program
    .command('doctor')
    .description(
      'tell what this machine can do, and what interferes with IPsec, and how to mend it',
    )
    .option('--json', 'as one JSON object')
    .addOption(BACKEND)
    .addOption(CONTROL)
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import('./doctor.ts');
      end(await doctor(options));
    });
};
