/**
 * The worked example of docs/credentials.md does what the page says.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hasOpenssl } from '../../../test/support/certificates.ts';
import { readRacoon } from '../../config/index.ts';
import { CredentialFault } from '../../ike/credential-fault.ts';
import { ownIdentification } from '../../ike/v1/identification.ts';
import { FileCredentials } from './file-credentials.ts';

const PAGE = readFileSync('docs/credentials.md', 'utf8');
const block = (language: string) =>
  new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(PAGE)?.[1] ?? '';

test.skipIf(!hasOpenssl())(
  'whoever follows the page can sign, and is believed',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'ipseal-docs-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    execFileSync('sh', ['-eu', '-c', block('sh')], { cwd: folder });
    const { configuration } = readRacoon({ name: 'racoon.conf', text: block('racoon') });
    const peer = configuration?.ike.peers[0];
    if (!peer) throw new TypeError('There is no remote on the page');
    const credentials = new FileCredentials({
      certificateFolder: join(folder, configuration.paths.certificates ?? ''),
      preSharedKeys: [],
      readPlainRsa: () => [],
    });
    expect(credentials.load([peer])).toEqual([]);
    const end = { address: { version: 4 as const, octets: Uint8Array.of(10, 9, 0, 1) }, port: 500 };
    const path = { local: end, remote: end };
    const hash = Uint8Array.from({ length: 32 }, (_, k) => k);
    const signature = credentials.sign(peer, hash, path);
    const certificates = credentials.ownCertificates(peer);
    const identity = ownIdentification(peer, path, credentials);
    if (signature instanceof CredentialFault) throw new Error(`${signature}`);
    if (certificates instanceof CredentialFault) throw new Error(`${certificates}`);
    if (identity instanceof CredentialFault) throw new Error(`${identity}`);
    const now = Date.now() + 60_000;
    expect(
      credentials.verify(peer, { identity, certificates, hash, signature, path, now }),
    ).toMatchObject({
      subject: 'C=DE, O=Gazette, CN=alice',
    });
  },
  60_000,
);
