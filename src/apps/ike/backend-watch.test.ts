import { expect, test } from 'vitest';
import { addSa, ahSa, espSa } from '../../../test/support/sas.ts';
import type { IkeInput } from '../../ike/input.ts';
import type { IkeStatus, Phase1Status } from '../../ike/status.ts';
import { MemoryBackend } from '../../ipsec/memory-backend.ts';
import type { SaId } from '../../ipsec/sa-parameters.ts';
import { BackendWatch } from './backend-watch.ts';

const ESP = espSa();
const AH = ahSa();

/** A watch over a backend with `ESP` in it, for an IKE that has both SAs in force. */
async function bench(state: 'established' | 'negotiating' = 'established') {
  const backend = new MemoryBackend(() => 0);
  await backend.commit([addSa(ESP)]);
  const inputs: IkeInput[] = [];
  const sas: readonly SaId[] = [ESP, AH];
  const status = (): IkeStatus => {
    const phase2 = [{ messageId: 1, role: 'initiator', state, sas }] as const;
    return { phase1: [{ phase2 } as unknown as Phase1Status] };
  };
  const watch = new BackendWatch({
    ...{ backend, status },
    take: (input) => inputs.push(input),
    inTurn: (action) => action(),
  });
  return { watch, inputs };
}

const gone = (id: SaId): IkeInput => ({ kind: 'sa-deleted', id });

test('after an overrun, what is there no more is told as deleted', async () => {
  const { watch, inputs } = await bench();
  await watch.heed({ kind: 'overrun' });
  expect(inputs).toEqual([gone(AH)]);
});

test('what is being negotiated is not missed', async () => {
  const { watch, inputs } = await bench('negotiating');
  await watch.heed({ kind: 'overrun' });
  await watch.heed({ kind: 'sas-flushed', protocol: null });
  expect(inputs).toEqual([]);
});

test('a flush deletes all SAs of its protocol, or all', async () => {
  const { watch, inputs } = await bench();
  await watch.heed({ kind: 'sas-flushed', protocol: 'esp' });
  expect(inputs).toEqual([gone(ESP)]);
  await watch.heed({ kind: 'sas-flushed', protocol: null });
  expect(inputs).toEqual([gone(ESP), gone(ESP), gone(AH)]);
});

test('policies that change are none of its concern', async () => {
  const { watch, inputs } = await bench();
  await watch.heed({ kind: 'policies-flushed' });
  expect(inputs).toEqual([]);
});
