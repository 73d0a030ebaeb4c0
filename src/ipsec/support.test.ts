import { expect, test } from 'vitest';
import { espSa, layer, policy, protect } from '../../test/support/sas.ts';
import { whyUnsupported } from './support.ts';

const CONTEXT = { doi: 1, algorithm: 1, label: 'system_u:object_r:ipsec_spd_t:s0' };

test('whyUnsupported() has nothing to say of what our own stack does', () => {
  expect(whyUnsupported({ kind: 'add-sa', sa: espSa({ mode: 'tunnel' }) })).toBeNull();
  const ordinary = policy('outbound', protect(layer('esp')));
  expect(whyUnsupported({ kind: 'add-policy', policy: ordinary })).toBeNull();
  expect(whyUnsupported({ kind: 'flush-policies' })).toBeNull();
});

test('whyUnsupported() names security contexts, in an SA and in a policy', () => {
  const sa = espSa({ securityContext: CONTEXT });
  expect(whyUnsupported({ kind: 'add-sa', sa })).toMatch(/security contexts/);
  const about = policy('inbound', { kind: 'discard' }, { securityContext: CONTEXT });
  expect(whyUnsupported({ kind: 'update-policy', policy: about })).toMatch(/security contexts/);
});
