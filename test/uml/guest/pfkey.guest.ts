/**
 * Our PF_KEY messages against those of the kernel's own af_key, which it sends to every PF_KEY
 * socket about whatever anybody does to its SAs and policies.
 *
 * Each is read, written again and compared octet for octet, and then compared with what we make of
 * the same SA or policy as netlink tells it. Keys are zeroed first: af_key shows them to everybody.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UNASKED } from '../../../src/apps/setkey/pfkey/origin.ts';
import {
  acquireMessage,
  flushMessage,
  policyFlushMessage,
  registerMessage,
} from '../../../src/apps/setkey/pfkey/other-message.ts';
import { type PolicyEvent, policyMessage } from '../../../src/apps/setkey/pfkey/policy-message.ts';
import { expireMessage, saMessage } from '../../../src/apps/setkey/pfkey/sa-message.ts';
import { AES_GCM_16 } from '../../../src/crypto/aes-gcm.ts';
import { CIPHERS, INTEGRITY_ALGORITHMS } from '../../../src/crypto/registry.ts';
import { KernelBackend } from '../../../src/io/xfrm/kernel-backend.ts';
import { collect, type PolicyRecord, type SaRecord } from '../../../src/ipsec/backend.ts';
import type { Change } from '../../../src/ipsec/change.ts';
import { UNLIMITED } from '../../../src/ipsec/lifetime.ts';
import type { Action, Policy, Template } from '../../../src/ipsec/policy.ts';
import type { SaParameters } from '../../../src/ipsec/sa-parameters.ts';
import { onePort } from '../../../src/net/port-range.ts';
import { toHex } from '../../../src/octets/hex.ts';
import { SADB, SADB_SATYPE } from '../../../src/pfkey/constants.ts';
import { emitSadbMessage, type SadbMessage } from '../../../src/pfkey/message.ts';
import { address } from '../../support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  cipherOf,
  espSa,
  integrityOf,
  layer,
  policy,
  protect,
} from '../../support/sas.ts';
import { sh } from './commands.ts';
import { type Heard, PfKeySocket } from './pfkey-socket.ts';

const IP_DIRECTIONS = { outbound: 'out', inbound: 'in', forward: 'fwd' } as const;
const V6 = { source: address('fd09::1'), destination: address('fd09::2') };

let backend: KernelBackend;
let socket: PfKeySocket;

beforeAll(() => {
  sh(`ip tuntap add dev nowhere0 mode tun
    ip address add 10.9.0.1/24 dev nowhere0
    ip link set nowhere0 up`);
});

afterAll(() => {
  sh('ip link delete nowhere0');
});

beforeEach(() => {
  backend = new KernelBackend();
  socket = new PfKeySocket();
});

afterEach(async () => {
  socket.close();
  await backend.close();
  sh('ip xfrm state flush; ip xfrm policy flush');
});

describe('of SAs', () => {
  test.each<[string, Partial<SaParameters>]>([
    ['in transport mode', {}],
    ['in tunnel mode', { mode: 'tunnel', reqid: 16385 }],
    ['of IPv6', V6],
    ['with a replay window', { replayWindow: 32 }],
    [
      'with lifetimes',
      {
        softLifetime: { seconds: 3000, octets: 2 ** 33, packets: 2 ** 31 },
        hardLifetime: { seconds: 3600, octets: 2 ** 40, packets: 2 ** 32 - 1 },
      },
    ],
    ['without a source', { source: address('0.0.0.0') }],
    ['with an AEAD', { encryption: cipherOf(AES_GCM_16), integrity: null }],
    ['that is not authenticated', { integrity: null }],
  ])('an ESP SA %s', async (_, parts) => {
    await expectSaMessages(espSa({ replayWindow: 0, ...parts }));
  });

  test.each(CIPHERS.filter(({ setkey }) => setkey.length > 0))('$name', async (cipher) => {
    await expectSaMessages(espSa({ replayWindow: 0, encryption: cipherOf(cipher) }));
  });

  test.each(INTEGRITY_ALGORITHMS)('AH with $name', async (hash) => {
    await expectSaMessages(ahSa({ replayWindow: 0, integrity: integrityOf(hash) }));
  });

  test('of a window wider than af_key has, it says none, and we the widest it has', async () => {
    await backend.commit([addSa(espSa({ replayWindow: 64 }))]);
    const [record] = await collect(backend.sas());
    expect(socket.hear(SADB.ADD).message.extensions[0]).toMatchObject({ replayWindow: 0 });
    expect(saOf(record).extensions[0]).toMatchObject({ replayWindow: 32 });
  });

  test('af_key shows keys to everybody, and we never', async () => {
    await backend.commit([addSa(espSa())]);
    const key = toHex(espSa().encryption?.key.expose() ?? new Uint8Array());
    const [record] = await collect(backend.sas());
    expect(toHex(socket.hear(SADB.ADD).octets)).toContain(key);
    expect(toHex(emitSadbMessage(saOf(record)))).not.toContain(key.slice(0, 16));
  });

  test('an SA that expires, first softly', async () => {
    register(SADB_SATYPE.ESP);
    // Long enough for a slow guest to read the SA before, and to tell the ends apart.
    const softLifetime = { ...UNLIMITED, seconds: 3 };
    const hardLifetime = { ...UNLIMITED, seconds: 6 };
    await backend.commit([addSa(espSa({ replayWindow: 0, softLifetime, hardLifetime }))]);
    const [record] = await collect(backend.sas());
    expectSame(socket.hear(SADB.EXPIRE), expireMessage(known(record), 'soft'));
    expectSame(socket.hear(SADB.EXPIRE), expireMessage(known(record), 'hard'));
  });

  test('flushed', async () => {
    await commit(addSa(espSa()), { kind: 'flush-sas', protocol: 'esp' });
    expectSame(socket.hear(SADB.FLUSH), flushMessage('esp', UNASKED));
    await commit(addSa(espSa()), { kind: 'flush-sas', protocol: null });
    expectSame(socket.hear(SADB.FLUSH), flushMessage(null, UNASKED));
  });
});

describe('of policies', () => {
  const TUNNEL: Template = {
    ...layer('esp'),
    mode: 'tunnel',
    endpoints: { local: address('192.0.2.1'), remote: address('192.0.2.2') },
  };
  const TUNNEL_6: Template = {
    ...TUNNEL,
    endpoints: { local: V6.source, remote: V6.destination },
  };
  const PREFIX_6 = {
    localAddress: { address: address('fd01::'), length: 32 },
    remoteAddress: { address: address('fd02::'), length: 64 },
  };

  test.each<[string, Action, Parameters<typeof policy>[2]]>([
    ['discard', { kind: 'discard' }, {}],
    ['bypass', { kind: 'bypass' }, { priority: 0x40000000 }],
    ['two layers', protect(layer('esp'), layer('ah', 'use')), {}],
    ['a reqid', protect(layer('esp', 'require', 5)), {}],
    ['an optional reqid', protect(layer('esp', 'use', 5)), {}],
    ['a tunnel', protect(TUNNEL), {}],
    ['AH around a tunnel', protect(TUNNEL, layer('ah')), {}],
    ['IPv6', protect(layer('esp')), PREFIX_6],
    ['an IPv6 tunnel', protect(TUNNEL_6), PREFIX_6],
    ['an IPv6 tunnel for IPv4', protect(TUNNEL_6), {}],
    [
      'ports',
      protect(layer('esp')),
      { nextLayerProtocol: 6, localPort: onePort(5901), remotePort: onePort(49152) },
    ],
    ['one port', { kind: 'bypass' }, { nextLayerProtocol: 17, localPort: onePort(500) }],
    ['a protocol', { kind: 'discard' }, { nextLayerProtocol: 47 }],
  ])('%s', async (_, action, parts) => {
    for (const direction of ['outbound', 'inbound', 'forward'] as const) {
      await expectPolicyMessages(policy(direction, action, parts));
    }
  });

  test('deleted by what they select', async () => {
    await backend.commit([addPolicy(policy('outbound', { kind: 'discard' }))]);
    const [record] = await collect(backend.policies());
    sh('ip xfrm policy delete src 10.9.0.1 dst 10.9.0.2 dir out');
    expectSame(socket.hear(SADB.X_SPDDELETE), policyOf('spddelete', record));
  });

  test('flushed', async () => {
    sh('ip xfrm policy add src 10.1.0.0/16 dst 10.2.0.0/16 dir out; ip xfrm policy flush');
    expectSame(socket.hear(SADB.X_SPDFLUSH), policyFlushMessage(UNASKED));
  });
});

describe('of what is there and what is wanted', () => {
  test('the algorithms are those of our list, in its order', () => {
    const heard = register(SADB_SATYPE.ESP);
    expectSame(
      heard,
      registerMessage('esp', () => true, UNASKED),
    );
  });

  test.each(['esp', 'ah'] as const)('a packet that waits for an %s SA', async (protocol) => {
    register(SADB_SATYPE[protocol === 'esp' ? 'ESP' : 'AH']);
    await backend.commit([addPolicy(policy('outbound', protect(layer(protocol))))]);
    const [record] = await collect(backend.policies());
    sh('ping -c 1 -W 1 10.9.0.2 || true');
    const heard = socket.hear(SADB.ACQUIRE);
    const { index, policy: wanting } = known(record);
    const { source, destination } = espSa();
    const wanted = {
      protocol,
      source,
      destination,
      policy: { index, priority: wanting.priority },
      sequenceNumber: heard.message.sequenceNumber,
    };
    expectSame(
      heard,
      acquireMessage(wanted, () => true),
    );
  });
});

function commit(...changes: Change[]): Promise<void> {
  return backend.commit(changes);
}

/** Adds, and deletes, the SA of `parameters`. */
async function expectSaMessages(parameters: SaParameters): Promise<void> {
  await commit(addSa(parameters));
  const [record] = await collect(backend.sas());
  expectSame(socket.hear(SADB.ADD), saOf(record));
  await commit({ kind: 'delete-sa', id: parameters });
  expectSame(socket.hear(SADB.DELETE), saMessage('delete', known(record), UNASKED));
}

/** Adds `wanted`, puts it in its own place, and deletes it by its index. */
async function expectPolicyMessages(wanted: Policy): Promise<void> {
  await commit(addPolicy(wanted));
  const [record] = await collect(backend.policies());
  expectSame(socket.hear(SADB.X_SPDADD), policyOf('spdadd', record));
  await commit({ kind: 'update-policy', policy: wanted });
  const [updated] = await collect(backend.policies());
  expectSame(socket.hear(SADB.X_SPDUPDATE), policyOf('spdupdate', updated));
  sh(`ip xfrm policy delete index ${known(updated).index} dir ${IP_DIRECTIONS[wanted.direction]}`);
  expectSame(socket.hear(SADB.X_SPDDELETE2), policyOf('spddelete2', updated));
}

function saOf(record: SaRecord | undefined): SadbMessage {
  return saMessage('add', known(record), UNASKED);
}

function policyOf(event: PolicyEvent, record: PolicyRecord | undefined): SadbMessage {
  return policyMessage(event, known(record), UNASKED);
}

function known<T>(record: T | undefined): T {
  if (record === undefined) throw new Error('The kernel does not have what was added');
  return record;
}

/** Asks to be told of what concerns SAs of `saType`. */
function register(saType: number): Heard {
  const request = { ...flushMessage(null, { sequenceNumber: 9, pid: process.pid }), saType };
  socket.send({ ...request, type: SADB.REGISTER });
  return socket.hear(SADB.REGISTER);
}

/** `heard` is what `ours` says, whoever asked for it; and its octets are those we would write. */
function expectSame({ octets, message }: Heard, ours: SadbMessage): void {
  expect(toHex(emitSadbMessage(message))).toBe(toHex(withoutLeftovers(octets, message)));
  const { sequenceNumber, pid } = message;
  expect(withoutKeys(message)).toEqual({ ...ours, sequenceNumber, pid });
}

/** A REGISTER has four octets in each list that the kernel never wrote to. */
function withoutLeftovers(octets: Uint8Array, { type, extensions }: SadbMessage): Uint8Array {
  if (type !== SADB.REGISTER) return octets;
  const zeroed = octets.slice();
  let at = 16;
  for (const extension of extensions) {
    if (!('algorithms' in extension)) continue;
    zeroed.fill(0, at + 4, at + 8);
    at += 8 + extension.algorithms.length * 8;
  }
  return zeroed;
}

function withoutKeys(message: SadbMessage): SadbMessage {
  const extensions = message.extensions.map((extension) =>
    'key' in extension ? { ...extension, key: new Uint8Array(extension.key.length) } : extension,
  );
  return { ...message, extensions };
}
