/**
 * What only a kernel with IPsec tells: SAs that are wanted, and the ends of lifetimes.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KernelBackend } from '../../../src/io/xfrm/kernel-backend.ts';
import { collect } from '../../../src/ipsec/backend.ts';
import type { BackendEvent, EventStream } from '../../../src/ipsec/events.ts';
import { UNLIMITED } from '../../../src/ipsec/lifetime.ts';
import { hostPrefix } from '../../../src/net/prefix.ts';
import { ALICE, BOB } from '../../support/packets.ts';
import { addPolicy, addSa, espSa, layer, policy, protect, saOutline } from '../../support/sas.ts';
import { sh } from './commands.ts';

const ACQ_EXPIRES = '/proc/sys/net/core/xfrm_acq_expires';

let backend: KernelBackend;
let events: EventStream;

beforeEach(async () => {
  backend = new KernelBackend();
  await backend.commit([{ kind: 'flush-sas', protocol: null }, { kind: 'flush-policies' }]);
  events = await backend.events();
});

afterEach(async () => {
  events.close();
  sh(`echo 30 > ${ACQ_EXPIRES}`);
  await backend.commit([{ kind: 'flush-sas', protocol: null }, { kind: 'flush-policies' }]);
  await backend.close();
});

/** The next events of `kind`, as many as that. */
async function next(kind: BackendEvent['kind'], count: number): Promise<BackendEvent[]> {
  const told: BackendEvent[] = [];
  for await (const event of events) {
    if (event.kind === kind && told.push(event) === count) return told;
  }
  throw new Error(`Cannot see any ${kind}`);
}

describe('the kernel', () => {
  test('tells of a packet that wants an SA', async () => {
    sh('ip link add wanted type veth peer name other');
    sh('ip addr add 10.9.0.1/24 dev wanted; ip link set wanted up; ip link set other up');
    const out = policy('outbound', protect(layer('esp', 'require', 9)));
    await backend.commit([addPolicy(out)]);
    const [record] = await collect(backend.policies());
    sh('ping -c 1 -W 1 10.9.0.2 > /dev/null || true');
    expect(await next('acquire', 1)).toEqual([
      {
        kind: 'acquire',
        source: ALICE,
        destination: BOB,
        template: layer('esp', 'require', 9),
        selector: expect.objectContaining({
          localAddress: hostPrefix(ALICE),
          remoteAddress: hostPrefix(BOB),
          // ping(8) asks for a way by UDP before it sends.
          nextLayerProtocol: expect.any(Number),
        }),
        policy: out,
        index: record?.index,
      },
    ]);
    // The larval SA that the kernel made for it has no SPI.
    expect(await collect(backend.sas())).toMatchObject([
      { state: 'larval', parameters: { spi: 0, source: ALICE, reqid: 9 } },
    ]);
    sh('ip link del wanted');
  });

  test('tells of both limits of a lifetime', async () => {
    const sa = espSa({
      softLifetime: { ...UNLIMITED, seconds: 1 },
      hardLifetime: { ...UNLIMITED, seconds: 3 },
    });
    await backend.commit([addSa(sa)]);
    const told = { kind: 'sa-expired', parameters: { ...saOutline(sa), encryption: null } };
    expect(await next('sa-expired', 2)).toMatchObject([
      { ...told, limit: 'soft', state: 'dying' },
      { ...told, limit: 'hard', state: 'dead' },
    ]);
    expect(await backend.sa(sa)).toBeNull();
  });

  test('tells of a new SA as it came, also who reads that late', async () => {
    await backend.commit([addSa(espSa({ softLifetime: { ...UNLIMITED, seconds: 1 } }))]);
    sh('sleep 1.5');
    expect(await next('sa-added', 1)).toMatchObject([{ state: 'mature' }]);
    expect((await collect(backend.sas())).map(({ state }) => state)).toEqual(['dying']);
  });

  test('takes a larval SA away in time, and says so', async () => {
    sh(`echo 1 > ${ACQ_EXPIRES}`);
    const { parameters } = await backend.allocateSpi({
      source: ALICE,
      destination: BOB,
      protocol: 'esp',
      mode: 'transport',
      reqid: 3,
      least: 0x1000,
      most: 0x1fff,
    });
    const told = { kind: 'sa-expired', parameters: saOutline(parameters), limit: 'hard' };
    expect(await next('sa-expired', 1)).toMatchObject([told]);
    expect(await backend.sa(parameters)).toBeNull();
  });
});
