/**
 * What a command that runs in the test's own process prints.
 *
 * @module
 */
import { vi } from 'vitest';

/**
 * Takes what is written to `stream`, from now on, and lets nobody see it until `vi.restoreAllMocks()`.
 * Called again, it begins anew.
 */
export function keepWritten(stream: NodeJS.WriteStream): { readonly text: string } {
  const kept = { text: '' };
  vi.spyOn(stream, 'write').mockImplementation((part) => {
    kept.text += String(part);
    return true;
  });
  return kept;
}
