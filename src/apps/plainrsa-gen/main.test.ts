import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { keepWritten } from '../../../test/support/written.ts';
import { readPlainRsa } from '../../config/plain-rsa/read.ts';
import { privateKeyOf, publicKeyOf } from '../../io/credentials/own-key.ts';
import { signatureVerifies, signHash } from '../../io/credentials/rsa-signature.ts';
import { main } from './main.ts';

const folder = mkdtempSync(join(tmpdir(), 'ipseal-plainrsa-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => void vi.restoreAllMocks());
const path = (name: string) => join(folder, name);

async function run(...words: string[]) {
  const out = keepWritten(process.stdout);
  const error = keepWritten(process.stderr);
  const status = await main(words);
  return { status, out: out.text, error: error.text };
}

test('makes a key that racoon.conf can name, for nobody else to read', async () => {
  expect(await run('-b', '1024', '-e', '3', '-f', path('own.rsa'))).toEqual({
    status: 0,
    out: '',
    error: '',
  });
  expect(statSync(path('own.rsa')).mode & 0o777).toBe(0o600);
  const text = readFileSync(path('own.rsa'), 'utf8');
  expect(text).toMatch(
    /^# : PUB 0sAQ\S+\n: RSA\t\{\n\t# RSA 1024 bits\n\t# pubkey=0sAQ\S+\n(?:\t\w+: 0x[\da-f]+\n){8} {2}\}\n$/,
  );
  const [own] = readPlainRsa({ name: 'own.rsa', text }, 'own').keys;
  const pub = text.split('\n')[0]?.slice(2) ?? '';
  const [peer] = readPlainRsa({ name: 'peer.pub', text: pub }, 'peer').keys;
  const [privateKey, publicKey] = [own && privateKeyOf(own), peer && publicKeyOf(peer)];
  if (!privateKey || !publicKey) throw new TypeError('It is no key');
  const hash = createHash('sha256').digest();
  expect(signatureVerifies(publicKey, hash, signHash(privateKey, hash))).toBe(true);

  const again = await run('-f', path('own.rsa'));
  expect(again.status).toBe(1);
  expect(again.error).toMatch(/own\.rsa: it is there already, and may be a key in use\n$/);
  expect(readFileSync(path('own.rsa'), 'utf8')).toBe(text);
});

test('writes keys that there are in PEM', async () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 1024 });
  writeFileSync(path('key.pem'), pair.privateKey.export({ type: 'pkcs1', format: 'pem' }));
  writeFileSync(path('pub.pem'), pair.publicKey.export({ type: 'spki', format: 'pem' }));
  const [made] = readPlainRsa(
    { name: 'made', text: (await run('-i', path('key.pem'))).out },
    'own',
  ).keys;
  const key = made && privateKeyOf(made);
  expect(key?.equals(createPrivateKey(readFileSync(path('key.pem'))))).toBe(true);
  const { out } = await run('-i', path('pub.pem'));
  expect(out).toMatch(/^: PUB 0s\S+\n$/);
  const [pub] = readPlainRsa({ name: 'pub', text: out }, 'peer').keys;
  expect(pub && publicKeyOf(pub)?.equals(createPublicKey(readFileSync(path('pub.pem'))))).toBe(
    true,
  );
});

test.each([
  [['-b', '512'], '-b 512 is no number from 1024 to 16384'],
  [['-e', '4'], '-e 4 is no odd number from 3 to 0xffffffff'],
  [['-x'], 'there is no option -x'],
  [['more'], '"more" is no option'],
  [['-i', '/dev/null'], 'Cannot use /dev/null: there is no RSA key in PEM in it'],
  [['-i', '/absent'], 'Cannot read /absent: '],
])('refuses %s', async (words, told) => {
  const { status, out, error } = await run(...words);
  expect([status, out]).toEqual([1, '']);
  expect(error).toMatch(new RegExp(`^plainrsa-gen: ${told}`));
});

test('tells how it is used', async () => {
  expect(await run('-h')).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^usage: plainrsa-gen /),
  });
});
