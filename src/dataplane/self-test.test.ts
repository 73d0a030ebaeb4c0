import { describe, expect, test } from 'vitest';
import type { CryptoProvider } from '../crypto/context.ts';
import { nodeProvider } from '../crypto/node-provider.ts';
import { ENGINE_MEMORY_LENGTH } from './engine.ts';
import { testSelf } from './self-test.ts';

const sound = () => nodeProvider({ octets: new Uint8Array(ENGINE_MEMORY_LENGTH) });

describe('the self-test', () => {
  test('ends quietly where crypto is sound', () => {
    expect(() => testSelf(sound())).not.toThrow();
  });

  test('fails where every packet passes for authentic', () => {
    expect(() => testSelf(broken({ wasAuthentic: () => true }))).toThrow(/self-test.*changed/);
  });

  test('fails where no packet does', () => {
    expect(() => testSelf(broken({ wasAuthentic: () => false }))).toThrow(/self-test.*published/);
  });

  test('fails where one of its own packets does not open', () => {
    const crypto = sound();
    let asked = 0;
    const wasAuthentic = (number: number) => ++asked < 4 && crypto.wasAuthentic(number);
    expect(() => testSelf(broken({ wasAuthentic }, crypto))).toThrow(/self-test.*sealed/);
  });
});

/** `crypto`, but for `parts`. */
function broken(parts: Partial<CryptoProvider>, crypto: CryptoProvider = sound()): CryptoProvider {
  return Object.assign(Object.create(crypto), parts);
}
