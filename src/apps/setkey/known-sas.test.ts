import { beforeEach, describe, expect, test } from 'vitest';
import { addSa, ahSa, espSa } from '../../../test/support/sas.ts';
import type { SaRecord } from '../../ipsec/backend.ts';
import { type SaExpired, withoutKeys } from '../../ipsec/events.ts';
import { MemoryBackend } from '../../ipsec/memory-backend.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import { KnownSas } from './known-sas.ts';

const ESP = espSa();

function record(parameters: SaParameters): SaRecord {
  return {
    parameters,
    state: 'mature',
    sequenceNumber: 0,
    addedAt: 0,
    usedAt: null,
    octets: 7,
    packets: 1,
    window: null,
    discards: {},
  };
}

/** As Linux tells it: without algorithms. */
function expired(sa: SaParameters, limit: 'soft' | 'hard'): SaExpired {
  const parameters = { ...sa, encryption: null, integrity: null };
  return { kind: 'sa-expired', limit, ...record(parameters) };
}

let known: KnownSas;

/** The cipher that is known of an SA that has expired. */
function cipherOf(sa: SaParameters, limit: 'soft' | 'hard' = 'soft'): string | undefined {
  const event = known.follow(expired(sa, limit));
  return event.kind === 'sa-expired' ? event.parameters.encryption?.algorithm.name : 'none';
}

beforeEach(() => {
  known = new KnownSas();
});

describe('what is known of an SA that expires', () => {
  test('comes from what was there, and holds no key', async () => {
    const backend = new MemoryBackend(() => 0);
    await backend.commit([addSa(ESP)]);
    await known.learn(backend);
    const event = known.follow(expired(ESP, 'soft'));
    expect(event).toMatchObject({ octets: 7, parameters: { spi: ESP.spi } });
    const { encryption, integrity } = event.kind === 'sa-expired' ? event.parameters : ESP;
    expect(encryption?.key.expose()).toEqual(new Uint8Array(32));
    expect(integrity?.key.expose()).toEqual(new Uint8Array(32));
    expect(ESP.encryption?.key.expose()).not.toEqual(new Uint8Array(32));
  });

  test('comes from what was told', () => {
    expect(cipherOf(ESP)).toBeUndefined();
    known.follow({ kind: 'sa-added', ...withoutKeys(record(ESP)) });
    expect([cipherOf(ESP), cipherOf(ESP, 'hard')]).toEqual(['aes-cbc', 'aes-cbc']);
    expect(cipherOf(ESP)).toBeUndefined();
  });

  test('is forgotten when it is deleted or flushed', () => {
    const add = () => known.follow({ kind: 'sa-added', ...withoutKeys(record(ESP)) });
    add();
    known.follow({ kind: 'sa-deleted', ...withoutKeys(record(ESP)) });
    expect(cipherOf(ESP)).toBeUndefined();
    add();
    known.follow({ kind: 'sas-flushed', protocol: 'ah' });
    expect(cipherOf(ESP)).toBe('aes-cbc');
    known.follow({ kind: 'sas-flushed', protocol: null });
    expect(cipherOf(ESP)).toBeUndefined();
  });

  test('does not take the place of what was told', () => {
    known.follow({ kind: 'sa-added', ...withoutKeys(record(ahSa())) });
    const event: SaExpired = { kind: 'sa-expired', limit: 'soft', ...record(ahSa()) };
    expect(known.follow(event)).toBe(event);
  });
});
