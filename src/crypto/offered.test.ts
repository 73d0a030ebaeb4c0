import { expect, test } from 'vitest';
import { UnsupportedError } from './context.ts';
import { nodeProvider } from './node-provider.ts';
import { offeredBy } from './offered.ts';
import { ENCRYPTION_ALGORITHMS, INTEGRITY_ALGORITHMS } from './registry.ts';

const PROVIDER = nodeProvider({ octets: new Uint8Array(64) });

test('offeredBy() names what can be keyed', () => {
  const { ciphers, integrity } = offeredBy(PROVIDER);
  expect(ciphers).toEqual(expect.arrayContaining(['aes-cbc', 'null']));
  expect(integrity).toEqual(expect.arrayContaining(['hmac-sha256', 'hmac-sha1']));
});

test('offeredBy() leaves out what the provider does not have', () => {
  const lacking = {
    ...PROVIDER,
    cipher: () => {
      throw new UnsupportedError('Cannot use it: there is none');
    },
  };
  const { ciphers, integrity } = offeredBy(lacking);
  const aeads = ENCRYPTION_ALGORITHMS.filter(({ kind }) => kind === 'aead').map(({ name }) => name);
  expect(ciphers).toEqual(aeads);
  expect(integrity).toHaveLength(INTEGRITY_ALGORITHMS.length);
});
