/**
 * Colours for people: none where the output goes to a file, a pipe or a log.
 *
 * @module
 */
import picocolors from 'picocolors';

export const colours: ReturnType<typeof picocolors.createColors> = picocolors.createColors(
  process.stdout.isTTY === true && picocolors.isColorSupported,
);
