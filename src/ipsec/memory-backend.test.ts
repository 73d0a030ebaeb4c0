import { expect, test } from 'vitest';
import { backendContract } from '../../test/support/backend-contract.ts';
import { addSa, espSa } from '../../test/support/sas.ts';
import { collect } from './backend.ts';
import { UNLIMITED } from './lifetime.ts';
import { MemoryBackend } from './memory-backend.ts';

backendContract(
  'MemoryBackend',
  async () => new MemoryBackend(() => 1_700_000_000_000),
  () => 1_700_000_000_000,
);

test('an SA of MemoryBackend ages by its clock, and is gone past its hard lifetime', async () => {
  let now = 0;
  const backend = new MemoryBackend(() => now);
  const softLifetime = { ...UNLIMITED, seconds: 1 };
  const hardLifetime = { ...UNLIMITED, seconds: 2 };
  await backend.commit([addSa(espSa({ softLifetime, hardLifetime }))]);
  const states: string[] = [];
  for (now = 0; now <= 2_000; now += 1_000)
    states.push((await collect(backend.sas()))[0]?.state ?? 'none');
  expect(states).toEqual(['mature', 'dying', 'none']);
});
