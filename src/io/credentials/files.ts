/**
 * Files with certificates and keys: where they are, what may be done with them, what is in them.
 *
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { keyFileFault } from '../../crypto/key-file.ts';
import { CredentialFault } from '../../ike/credential-fault.ts';

/** Where the file is that a configuration calls `name`. */
export function pathIn(folder: string | null, name: string): string {
  return folder === null || isAbsolute(name) ? name : join(folder, name);
}

/** What is in the file at `path`; `secret` ones have to be ours alone. */
export function readWhole(path: string, secret: 'secret' | 'public'): Uint8Array | CredentialFault {
  try {
    // A pipe would have us wait for whoever writes to it.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = fstatSync(fd);
      if (!status.isFile()) return unusable(path, 'it is no file');
      if (status.size > MOST_FILE_LENGTH)
        return unusable(path, 'it is too long to be one of these');
      const fault = secret === 'secret' ? keyFileFault(status, process.geteuid?.() ?? 0) : null;
      return fault === null ? readFileSync(fd) : unusable(path, fault);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return unusable(path, REASONS.get(String(error.code)) ?? `it cannot be read (${error.code})`);
  }
}

/** Every piece called `label` of a PEM file, in DER. Others are passed over. */
export function pemBlocks(octets: Uint8Array, label: string): readonly Uint8Array[] {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
  const blocks = text.matchAll(/^-----BEGIN ([^\r\n]*)-----\r?\n([A-Za-z\d+/=\s]*)-----END /gm);
  return [...blocks]
    .filter(([, name]) => name === label)
    .map(([, , base64]) => new Uint8Array(Buffer.from(base64 ?? '', 'base64')));
}

export function unusable(file: string, reason: string): CredentialFault {
  return new CredentialFault({ kind: 'unusable-file', file, reason });
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'we may not read it'],
  ['EISDIR', 'it is a directory'],
]);

const MOST_FILE_LENGTH = 1024 * 1024;
