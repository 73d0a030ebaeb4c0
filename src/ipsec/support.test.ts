import { describe, expect, test } from 'vitest';
import { espSa, layer, policy, protect } from '../../test/support/sas.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { hostPrefix } from '../net/prefix.ts';
import { whyUnsupported } from './support.ts';

const SIX: IpAddress = { version: 6, octets: new Uint8Array(16).fill(1) };

describe('whyUnsupported()', () => {
  test('has nothing to say of transport mode over IPv4', () => {
    expect(whyUnsupported({ kind: 'add-sa', sa: espSa() })).toBeNull();
    const ordinary = policy('outbound', protect(layer('esp')));
    expect(whyUnsupported({ kind: 'add-policy', policy: ordinary })).toBeNull();
    expect(whyUnsupported({ kind: 'flush-policies' })).toBeNull();
  });

  test('names tunnel mode, in an SA and in a policy', () => {
    expect(whyUnsupported({ kind: 'add-sa', sa: espSa({ mode: 'tunnel' }) })).toMatch(/tunnel/);
    const endpoints = { local: espSa().source, remote: espSa().destination };
    const tunnel = { ...layer('esp'), mode: 'tunnel', endpoints } as const;
    const asking = policy('outbound', { kind: 'protect', templates: [tunnel] });
    expect(whyUnsupported({ kind: 'update-policy', policy: asking })).toMatch(/tunnel/);
  });

  test('names IPv6, in an SA and in a policy', () => {
    const sa = espSa({ source: SIX, destination: SIX });
    expect(whyUnsupported({ kind: 'add-sa', sa })).toMatch(/IPv6/);
    const prefixes = { localAddress: hostPrefix(SIX), remoteAddress: hostPrefix(SIX) };
    const about = policy('inbound', { kind: 'discard' }, prefixes);
    expect(whyUnsupported({ kind: 'add-policy', policy: about })).toMatch(/IPv6/);
  });
});
