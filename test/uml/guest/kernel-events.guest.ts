/**
 * What only a kernel with IPsec tells: SAs that are wanted, and the ends of lifetimes.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KernelBackend } from '../../../src/io/xfrm/kernel-backend.ts';
import { collect } from '../../../src/ipsec/backend.ts';
import { type BackendEvent, type EventStream, saOutline } from '../../../src/ipsec/events.ts';
import type { Policy } from '../../../src/ipsec/policy.ts';
import { hostPrefix } from '../../../src/net/prefix.ts';
import { ALICE, address, BOB } from '../../support/packets.ts';
import { addPolicy, addSa, espSa, layer, policy, protect } from '../../support/sas.ts';
import { sh } from './commands.ts';

const ACQ_EXPIRES = '/proc/sys/net/core/xfrm_acq_expires';
const LOOPBACK = address('127.0.0.1');
/** Larger than what the kernel keeps for a listener that does not listen. */
const MORE_THAN_FITS = 20_000;

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

/** The next event of `kind`. */
async function next(kind: BackendEvent['kind']): Promise<BackendEvent> {
  for await (const event of events) if (event.kind === kind) return event;
  throw new Error(`Cannot see any ${kind}`);
}

describe('the kernel', () => {
  test('tells of a packet that wants an SA', async () => {
    sh('ip link set lo up');
    const hosts = { localAddress: hostPrefix(LOOPBACK), remoteAddress: hostPrefix(LOOPBACK) };
    const out: Policy = policy('outbound', protect(layer('esp', 'require', 9)), hosts);
    await backend.commit([addPolicy(out)]);
    const [record] = await collect(backend.policies());
    sh('ping -c 1 -W 1 127.0.0.1 > /dev/null || true');
    expect(await next('acquire')).toEqual({
      kind: 'acquire',
      source: LOOPBACK,
      destination: LOOPBACK,
      template: layer('esp', 'require', 9),
      selector: expect.objectContaining({ ...hosts, nextLayerProtocol: 1 }),
      policy: out,
      index: record?.index,
    });
    // The larval SA that the kernel made for it has no SPI.
    expect(await collect(backend.sas())).toMatchObject([
      { state: 'larval', parameters: { spi: 0, source: LOOPBACK, reqid: 9 } },
    ]);
  });

  test('tells of both limits of a lifetime', async () => {
    const sa = espSa({
      softLifetime: { seconds: 1, octets: 0 },
      hardLifetime: { seconds: 2, octets: 0 },
    });
    await backend.commit([addSa(sa)]);
    const told = { kind: 'sa-expired', sa: saOutline(sa) };
    expect(await next('sa-expired')).toEqual({ ...told, limit: 'soft' });
    events = await backend.events();
    expect(await next('sa-expired')).toEqual({ ...told, limit: 'hard' });
    expect(await backend.sa(sa)).toBeNull();
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
    const told = { kind: 'sa-expired', sa: saOutline(parameters), limit: 'hard' };
    expect(await next('sa-expired')).toEqual(told);
    expect(await backend.sa(parameters)).toBeNull();
  });

  test('says when a listener was too slow for it', async () => {
    const many = Array.from({ length: MORE_THAN_FITS }, (_, k) => espSa({ spi: 0x10000 + k }));
    await backend.commit(many.map(addSa));
    expect(await next('overrun')).toEqual({ kind: 'overrun' });
  });
});
