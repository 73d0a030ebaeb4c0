/**
 * Whom we trust: one authority, or a folder of them with files called as OpenSSL calls them: `HASH.0`,
 * `HASH.1` and so on for certificates of a name, `HASH.r0` and so on for its certificate revocation lists.
 *
 * @module
 */
import { CredentialFault } from '../../ike/credential-fault.ts';
import type { Address } from '../openssl/bindings.ts';
import { nameHashes } from './distinguished-name.ts';
import { pathIn, pemBlocks, readWhole } from './files.ts';

export interface Authorities {
  /** Certificates, in DER, that may be of somebody called `name`. */
  certificatesOf(name: Address): readonly Uint8Array[];
  /** Revocation lists, in DER, that may be of somebody called `name`. */
  crlsOf(name: Address): readonly Uint8Array[];
  /** Where a certificate of somebody called `name` was looked for. */
  searchedFor(name: Address): readonly string[];
}

/** Those of the folder at `path`; nobody if it is `null`. */
export function folderOf(path: string | null): Authorities {
  return {
    certificatesOf: (name) => [...numbered(path, name, '', CERTIFICATE)],
    crlsOf: (name) => [...numbered(path, name, 'r', REVOCATION_LIST)],
    searchedFor: (name) =>
      path === null
        ? ['a certificate folder, of which there is none']
        : nameHashes(name).map((hash) => pathIn(path, `${hash}.0`)),
  };
}

/** The authorities of the file at `path` alone; revocation lists are those of `folder`. */
export function onlyOf(path: string, folder: Authorities): Authorities | CredentialFault {
  const octets = readWhole(path, 'public');
  if (octets instanceof CredentialFault) return octets;
  const certificates = pemBlocks(octets, CERTIFICATE);
  return { ...folder, certificatesOf: () => certificates, searchedFor: () => [path] };
}

/** What of `label` is in the files for `name`; `kind` stands before their numbers, which have no gaps. */
function* numbered(folder: string | null, name: Address, kind: string, label: string) {
  if (folder === null) return;
  for (const hash of nameHashes(name)) {
    for (let number = 0; number < MOST_OF_A_NAME; number++) {
      const octets = readWhole(pathIn(folder, `${hash}.${kind}${number}`), 'public');
      if (octets instanceof CredentialFault) break;
      yield* pemBlocks(octets, label);
    }
  }
}

const CERTIFICATE = 'CERTIFICATE';
const REVOCATION_LIST = 'X509 CRL';
/** How many files are looked at for one name. */
const MOST_OF_A_NAME = 8;
