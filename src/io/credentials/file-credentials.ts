/**
 * The credentials of IKE from files, as the configuration names them.
 *
 * Our own keys, and those of peers that the configuration has, are read once, while we may read them;
 * authorities and their revocation lists each time, so that what is new there counts at once.
 *
 * @module
 */
import { CredentialFault } from '../../ike/credential-fault.ts';
import type { Credentials, SignedClaim, VerifiedPeer } from '../../ike/credentials.ts';
import type { DistinguishedName } from '../../ike/identity.ts';
import type { Path } from '../../ike/path.ts';
import type { Peer } from '../../ike/peer.ts';
import { keysForPath } from '../../ike/plain-rsa.ts';
import { keyFor, type PreSharedKey } from '../../ike/pre-shared-keys.ts';
import { CERTIFICATE_ENCODING, type Certificate } from '../../wire/ikev1/certificate.ts';
import { type Authorities, folderOf, onlyOf } from './authorities.ts';
import {
  distinguishedNameText,
  encodeName,
  nameMatches,
  nameOctetsText,
  sameName,
} from './distinguished-name.ts';
import { pathIn, readWhole } from './files.ts';
import { type BareKeys, KeyFiles, type OwnKeys, type ReadPlainRsa } from './key-files.ts';
import { loadCertificates } from './own-key.ts';
import { verifyKnown, verifySent } from './peer-certificate.ts';
import { signatureVerifies, signHash } from './rsa-signature.ts';

export interface CredentialSources {
  /** Where files are that are called by a name alone, and the authorities and their revocation lists. */
  readonly certificateFolder: string | null;
  /** Or why there are none. */
  readonly preSharedKeys: readonly PreSharedKey[] | CredentialFault;
  readonly readPlainRsa: ReadPlainRsa;
}

export class FileCredentials implements Credentials {
  readonly #folder: string | null;
  readonly #authorities: Authorities;
  readonly #preSharedKeys: readonly PreSharedKey[] | CredentialFault;
  readonly #files: KeyFiles;

  constructor({ certificateFolder, preSharedKeys, readPlainRsa }: CredentialSources) {
    this.#folder = certificateFolder;
    this.#authorities = folderOf(certificateFolder);
    this.#preSharedKeys = preSharedKeys;
    this.#files = new KeyFiles(certificateFolder, readPlainRsa);
  }

  /** Reads now what will be needed for `peers`. Returns what will fail them, each fault once. */
  load(peers: readonly Peer[]): readonly CredentialFault[] {
    const faults = new Map<string, CredentialFault>();
    const note = (loaded: unknown) => {
      if (loaded instanceof CredentialFault) faults.set(loaded.toString(), loaded);
    };
    for (const peer of peers) {
      if (peer.ownCertificate !== null) note(this.#files.own(peer.ownCertificate));
      if (peer.peerCertificate !== null) note(this.#files.peer(peer.peerCertificate));
      if (peer.authority !== null) note(this.authorities(peer));
    }
    return [...faults.values()];
  }

  preSharedKey(identities: readonly string[]): PreSharedKey | CredentialFault {
    const keys = this.#preSharedKeys;
    if (keys instanceof CredentialFault) return keys;
    for (const identity of identities) {
      const key = keyFor(keys, identity);
      if (key !== undefined) return key;
    }
    return new CredentialFault({ kind: 'no-shared-key', identities });
  }

  ownCertificates(peer: Peer): readonly Certificate[] | CredentialFault {
    const own = this.#own(peer);
    if (own instanceof CredentialFault) return own;
    if ('file' in own) return [];
    return own.certificates.map(({ der }) => ({
      kind: 'certificate',
      encoding: CERTIFICATE_ENCODING.X509_SIGNATURE,
      data: der,
    }));
  }

  authorities(peer: Peer): readonly Uint8Array[] | CredentialFault {
    if (peer.authority === null) return [];
    const loaded = loadCertificates(pathIn(this.#folder, peer.authority));
    if (loaded instanceof CredentialFault) return loaded;
    return loaded.map(({ subjectName }) => subjectName);
  }

  isIssuedBy(peer: Peer, name: Uint8Array): boolean {
    const own = this.#own(peer);
    if (own instanceof CredentialFault || 'file' in own) return false;
    return own.certificates.some(({ issuerName }) => sameName(issuerName, name));
  }

  ownName(peer: Peer): Uint8Array | CredentialFault {
    const { ownIdentity } = peer;
    if (ownIdentity.kind === 'distinguished-name-der') return ownIdentity.octets;
    const own = this.#own(peer);
    const subject =
      own instanceof CredentialFault || 'file' in own ? null : own.certificates[0].subjectName;
    const wanted = ownIdentity.kind === 'distinguished-name' ? ownIdentity.name : null;
    if (wanted === null) {
      if (subject !== null) return subject;
      return own instanceof CredentialFault
        ? own
        : new CredentialFault({ kind: 'nothing-to-sign-with' });
    }
    // Peers compare octets: the name is best written as the certificate has it.
    if (subject !== null && nameMatches(wanted, subject)) return subject;
    const name = encodeName(wanted);
    if (typeof name !== 'string') return name;
    const text = distinguishedNameText(wanted);
    return new CredentialFault({ kind: 'unusable-name', name: text, reason: name });
  }

  keyId(path: string): Uint8Array | CredentialFault {
    return readWhole(path, 'public');
  }

  sign(peer: Peer, hash: Uint8Array, path: Path): Uint8Array | CredentialFault {
    const own = this.#own(peer);
    if (own instanceof CredentialFault) return own;
    if (!('file' in own)) return signHash(own.key, hash);
    const [first] = keysForPath(own.keys, path);
    if (first !== undefined) return signHash(first.key, hash);
    return new CredentialFault({ kind: 'no-key-for-path', file: own.file });
  }

  verify(peer: Peer, claim: SignedClaim): VerifiedPeer | CredentialFault {
    const { peerCertificate, verifyCertificate } = peer;
    if (peerCertificate !== null) {
      const known = this.#files.peer(peerCertificate);
      if (known instanceof CredentialFault) return known;
      if ('file' in known) return verifyBare(known, claim);
      return verifyKnown(known, claim, verifyCertificate);
    }
    if (!verifyCertificate) return verifySent(claim, null);
    const authorities = this.#authoritiesFor(peer);
    return authorities instanceof CredentialFault ? authorities : verifySent(claim, authorities);
  }

  nameMatches(wanted: DistinguishedName, name: Uint8Array): boolean {
    return nameMatches(wanted, name);
  }

  nameText(name: Uint8Array): string {
    return nameOctetsText(name);
  }

  #own({ ownCertificate }: Peer): OwnKeys | CredentialFault {
    if (ownCertificate !== null) return this.#files.own(ownCertificate);
    return new CredentialFault({ kind: 'nothing-to-sign-with' });
  }

  #authoritiesFor({ authority }: Peer): Authorities | CredentialFault {
    if (authority === null) return this.#authorities;
    return onlyOf(pathIn(this.#folder, authority), this.#authorities);
  }
}

/** Whether one of the keys for the path made the signature. */
function verifyBare(known: BareKeys, claim: SignedClaim): VerifiedPeer | CredentialFault {
  const keys = keysForPath(known.keys, claim.path);
  if (keys.length === 0) return new CredentialFault({ kind: 'no-key-for-path', file: known.file });
  if (keys.some(({ key }) => signatureVerifies(key, claim.hash, claim.signature))) {
    return { subject: null, certificate: null, warnings: [] };
  }
  return new CredentialFault({ kind: 'signature-does-not-verify', subject: null });
}
