/**
 * Authorities, certificates and revocation lists for tests, made by the `openssl` command.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether there is an `openssl` command; that there is none is said once. */
export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('skipped what needs certificates: there is no openssl command');
    return false;
  }
}

export interface CertificateRequest {
  /** `/C=DE/O=Gazette/CN=alice` */
  readonly subject: string;
  /** As `openssl` has them: `DNS:alice.example.net,IP:10.9.0.1`. */
  readonly alternativeNames?: string;
  readonly isAuthority?: boolean;
  /** The file of its key; made when it is not there. */
  readonly key?: string;
  readonly digest?: string;
}

/** A folder with certificates and keys. */
export class CertificateLab {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'ipseal-certificates-'));

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Makes `NAME.key`, an RSA key: a short one, since there are many. */
  key(name: string, modulusLength = 1024): string {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength });
    return this.private(`${name}.key`, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  }

  /** Puts `content` into a file that is ours alone. */
  private(name: string, content: string | Buffer): string {
    writeFileSync(this.path(name), content, { mode: 0o600 });
    chmodSync(this.path(name), 0o600);
    return this.path(name);
  }

  /** Makes `NAME.crt`, issued by `issuer`, or by itself; its key is `NAME.key` unless there is one. */
  certificate(name: string, issuer: string | null, request: CertificateRequest): Uint8Array {
    const key = request.key ?? this.key(name);
    const { subject, alternativeNames, isAuthority = false, digest = 'sha256' } = request;
    const extensions = [`basicConstraints=critical,CA:${isAuthority}`];
    if (alternativeNames !== undefined) extensions.push(`subjectAltName=${alternativeNames}`);
    this.private(`${name}.ext`, `${extensions.join('\n')}\n`);
    const csr = this.path(`${name}.csr`);
    openssl('req', '-new', '-key', key, '-subj', subject, '-out', csr);
    const by =
      issuer === null
        ? ['-signkey', key]
        : ['-CA', this.path(`${issuer}.crt`), '-CAkey', this.path(`${issuer}.key`)];
    const serial = ['-set_serial', `${++this.#serial}`, '-days', '3650', `-${digest}`];
    const out = ['-extfile', this.path(`${name}.ext`), '-out', this.path(`${name}.crt`)];
    openssl('x509', '-req', '-in', csr, ...by, ...serial, ...out);
    return this.der(name);
  }

  /** `NAME.crt` in DER. */
  der(name: string): Uint8Array {
    return new Uint8Array(new X509Certificate(this.read(`${name}.crt`)).raw);
  }

  /** Puts `names` where OpenSSL finds authorities; `old` is where it looked before 1.0. */
  trust(names: readonly string[], old = false): void {
    const hash = old ? '-subject_hash_old' : '-subject_hash';
    for (const name of names) {
      const crt = this.path(`${name}.crt`);
      const digits = openssl('x509', '-in', crt, '-noout', hash).toString().trim();
      copyFileSync(crt, this.path(`${digits}.0`));
    }
  }

  /** Puts the revocation list of `authority`, with `revoked` on it, where OpenSSL finds it. */
  revocationList(authority: string, revoked: readonly string[], days = 365): void {
    const home = this.path(`${authority}.db`);
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'index'), '');
    const configuration = join(home, 'ca.conf');
    writeFileSync(
      configuration,
      `[ca]\ndefault_ca=own\n[own]\ndatabase=${join(home, 'index')}\ndefault_md=sha256\n`,
    );
    const by = ['-config', configuration, '-cert', this.path(`${authority}.crt`)];
    const key = ['-keyfile', this.path(`${authority}.key`)];
    for (const name of revoked) openssl('ca', ...by, ...key, '-revoke', this.path(`${name}.crt`));
    const crl = join(home, 'crl');
    openssl('ca', ...by, ...key, '-gencrl', '-crldays', `${days}`, '-out', crl);
    const digits = openssl('crl', '-in', crl, '-noout', '-hash').toString().trim();
    copyFileSync(crl, this.path(`${digits}.r0`));
  }

  /** Takes away every revocation list. */
  withdrawRevocationLists(): void {
    for (const file of readdirSync(this.folder)) {
      if (file.endsWith('.r0')) rmSync(this.path(file));
    }
  }

  /** What is in the file `name`. */
  read(name: string): Buffer {
    return readFileSync(this.path(name));
  }

  #serial = 0;
}

function openssl(...given: readonly string[]): Buffer {
  return execFileSync('openssl', given, { stdio: ['ignore', 'pipe', 'pipe'] });
}
