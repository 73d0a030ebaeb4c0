/**
 * The files of keys and certificates that a configuration names, each read once.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { CredentialFault } from '../../ike/credential-fault.ts';
import type { OwnCertificate, PeerCertificate } from '../../ike/peer.ts';
import type { PlainRsaKey } from '../../ike/plain-rsa.ts';
import type { LoadedCertificate } from './certificate.ts';
import { pathIn, readWhole, unusable } from './files.ts';
import {
  type CertifiedKey,
  loadCertificates,
  loadCertifiedKey,
  privateKeyOf,
  publicKeyOf,
} from './own-key.ts';

/**
 * Reads a file of bare keys, `own` ones or a peer's; or says as a clause what is wrong with it. `path` is
 * for what it says.
 */
export type ReadPlainRsa = (
  path: string,
  text: string,
  owner: 'own' | 'peer',
) => readonly PlainRsaKey[] | string;

/** A bare key that OpenSSL works with. */
export interface BareKey extends Pick<PlainRsaKey, 'local' | 'remote'> {
  readonly key: KeyObject;
}

/** What is in the files of an `OwnCertificate` or a `PeerCertificate`. */
export type OwnKeys = CertifiedKey | BareKeys;
export type PeerKeys = LoadedCertificate | BareKeys;

export interface BareKeys {
  readonly file: string;
  readonly keys: readonly BareKey[];
}

export class KeyFiles {
  readonly #folder: string | null;
  readonly #readPlainRsa: ReadPlainRsa;
  readonly #own = new Map<string, OwnKeys | CredentialFault>();
  readonly #peers = new Map<string, PeerKeys | CredentialFault>();

  constructor(folder: string | null, readPlainRsa: ReadPlainRsa) {
    this.#folder = folder;
    this.#readPlainRsa = readPlainRsa;
  }

  own(certificate: OwnCertificate): OwnKeys | CredentialFault {
    return known(this.#own, certificate, () =>
      certificate.kind === 'x509'
        ? loadCertifiedKey(certificate, this.#folder)
        : this.#bare(certificate.key, 'own', privateKeyOf),
    );
  }

  peer(certificate: PeerCertificate): PeerKeys | CredentialFault {
    return known(this.#peers, certificate, () => {
      if (certificate.kind === 'plain-rsa') return this.#bare(certificate.key, 'peer', publicKeyOf);
      const loaded = loadCertificates(pathIn(this.#folder, certificate.certificate));
      return loaded instanceof CredentialFault ? loaded : loaded[0];
    });
  }

  #bare(
    name: string,
    owner: 'own' | 'peer',
    load: (key: PlainRsaKey) => KeyObject | null,
  ): BareKeys | CredentialFault {
    const file = pathIn(this.#folder, name);
    const octets = readWhole(file, owner === 'own' ? 'secret' : 'public');
    if (octets instanceof CredentialFault) return octets;
    const read = this.#readPlainRsa(file, new TextDecoder().decode(octets), owner);
    octets.fill(0);
    if (typeof read === 'string') return unusable(file, read);
    const keys: BareKey[] = [];
    for (const plain of read) {
      const key = load(plain);
      if (key === null) {
        return unusable(
          file,
          `the numbers of the key on line ${plain.at.line} do not belong together`,
        );
      }
      keys.push({ local: plain.local, remote: plain.remote, key });
    }
    return { file, keys };
  }
}

/** What is in `cache` for `certificate`; put there if it is not. */
function known<T>(cache: Map<string, T>, certificate: object, load: () => T): T {
  const key = JSON.stringify(certificate);
  const loaded = cache.get(key) ?? load();
  cache.set(key, loaded);
  return loaded;
}
