/**
 * `ipseal watch --write-keys`: the keys of SAs, as a table that Wireshark deciphers ESP with.
 *
 * @module
 */
import { closeSync, fchmodSync, openSync, writeSync } from 'node:fs';
import { wiresharkLine } from '../../../config/wireshark/write.ts';
import { formatSaId, type SaParameters } from '../../../ipsec/sa-parameters.ts';
import { openBackend } from '../../open-backend.ts';
import { complain } from '../complain.ts';
import { saPatternsIn } from '../known-file.ts';
import type { KnowledgeSources } from './knowledge-sources.ts';

/** Every SA that `sources` have keys of, the kernel's where none is named. */
export async function keysOf({ sads, control }: KnowledgeSources): Promise<SaParameters[]> {
  const sas: SaParameters[] = [];
  for (const word of sads.length === 0 ? ['kernel'] : sads) {
    if (word === 'kernel' || word === 'userspace') {
      const backend = await openBackend(word, control ?? undefined);
      for await (const { parameters, state } of backend.sas()) {
        if (state !== 'larval') sas.push(parameters);
      }
      await backend.close();
    } else {
      sas.push(...(await saPatternsIn(word)).map(({ sa }) => sa));
    }
  }
  return sas;
}

/** Its owner's alone. */
const OWNER_ONLY = 0o600;

/**
 * Writes the table for `sas` to the file at `path`, `-` being standard output, and says on standard
 * error what is in it and what could not be. Throws what `fs.openSync` throws.
 */
export function writeKeys(sas: readonly SaParameters[], path: string): void {
  const lines: string[] = [];
  for (const sa of sas) {
    const told = wiresharkLine(sa);
    if ('line' in told) lines.push(told.line);
    else complain(`left out ${formatSaId(sa)}: ${told.failure}`);
  }
  const text = `${['# Wireshark: Edit, Preferences, Protocols, ESP, ESP SAs', ...lines].join('\n')}\n`;
  if (path === '-') {
    process.stdout.write(text);
  } else {
    const fd = openSync(path, 'w', OWNER_ONLY);
    // It may have been there before, for everybody to read.
    fchmodSync(fd, OWNER_ONLY);
    writeSync(fd, text);
    closeSync(fd);
  }
  const where = path === '-' ? 'what was just written' : path;
  complain(
    `${where} has the keys of ${lines.length === 1 ? 'an SA' : `${lines.length} SAs`}: ` +
      'whoever reads it can read the traffic, and with manual keys forge it',
  );
}
