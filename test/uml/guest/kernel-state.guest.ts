/**
 * What the kernel holds after our commits, as iproute2 sees it; and what we make of the SAs and
 * policies of others.
 *
 * @module
 */

import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KernelBackend } from '../../../src/io/xfrm/kernel-backend.ts';
import { ChangeRefused, collect } from '../../../src/ipsec/backend.ts';
import type { Change } from '../../../src/ipsec/change.ts';
import { UNLIMITED } from '../../../src/ipsec/lifetime.ts';
import type { Policy, Template } from '../../../src/ipsec/policy.ts';
import { POLICIES_BEYOND_SOME, SAS_BEYOND_SOME } from '../../support/backend-contract.ts';
import { GAZETTE, sharedExample } from '../../support/examples.ts';
import { ALICE, address, BOB } from '../../support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  espSa,
  ipcompSa,
  layer,
  policy,
  protect,
  selector,
} from '../../support/sas.ts';
import { changesOf, ipXfrm, sh, waitFor } from './commands.ts';

const FLUSH_SAS: Change = { kind: 'flush-sas', protocol: null };
const FLUSH_POLICIES: Change = { kind: 'flush-policies' };

let backend: KernelBackend;

beforeEach(() => {
  backend = new KernelBackend();
});

afterEach(async () => {
  await backend.close();
  sh('ip xfrm state flush; ip xfrm policy flush; ip xfrm policy flush ptype sub');
});

describe('the examples, as iproute2 sees them', () => {
  test.runIf(sharedExample('gazette'))('gazette', async () => {
    await backend.commit(changesOf(sharedExample('gazette')?.alice ?? ''));
    expect(ipXfrm('state')).toEqual([
      espState(BACK, '0x00000301', {
        enc: 'cbc(aes) 0x8f6498928ba354bd45cfad147f54c67b3b742896b3bafc02',
      }),
      espState(THERE, '0x00000201', {
        enc: 'cbc(aes) 0xa3993b3dfc41ef0a1aa8d168a8bf2c27e48249ac17b61e09',
      }),
      ahState(BACK, '0x00000300', 'hmac(sha1) 0xc4dac594f8228e0b94a54758f7fbf2fdf4e37f3e 96'),
      ahState(THERE, '0x00000200', 'hmac(sha1) 0x46915c30ed7e2465b42861b6ab19f2772813020c 96'),
    ]);
    expect(ipXfrm('policy')).toEqual(BOTH_LAYERS_BOTH_WAYS);
  });

  test.runIf(sharedExample('howto'))('howto, with the ICV of 96 bits that setkey had', async () => {
    await backend.commit(changesOf(sharedExample('howto')?.alice ?? ''));
    expect(ipXfrm('state').slice(2)).toEqual([
      ahState(
        BACK,
        '0x00000300',
        'hmac(sha256) 0x0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff0 96',
      ),
      ahState(
        THERE,
        '0x00000200',
        'hmac(sha256) 0x5d3ea0b8f3a7b1a0a0f8c6e7d1c2b3a495867768594a3b2c1d0e9f8a7b6c5d4e 96',
      ),
    ]);
    expect(ipXfrm('policy')).toEqual(BOTH_LAYERS_BOTH_WAYS);
  });

  test.runIf(sharedExample('per-port'))('per-port', async () => {
    await backend.commit(changesOf(sharedExample('per-port')?.alice ?? ''));
    expect(ipXfrm('state')[0]).toBe(
      espState(BACK, '0x00005002', {
        auth: 'hmac(sha1) 0x0b1c2d3e4f5061728394a5b6c7d8e9faabbccdde 96',
        enc: 'cbc(aes) 0x1a2b3c4d5e6f708192a3b4c5d6e7f809',
      }),
    );
    const inbound = 'src 10.9.0.2/32 dst 10.9.0.1/32 proto tcp dport 5901';
    const outbound = 'src 10.9.0.1/32 dst 10.9.0.2/32 proto tcp sport 5901';
    expect(ipXfrm('policy')).toEqual([
      lines(inbound, 'dir fwd priority 2147483648 ptype main', ...ESP_TEMPLATE),
      lines(inbound, 'dir in priority 2147483648 ptype main', ...ESP_TEMPLATE),
      lines(outbound, 'dir out priority 2147483648 ptype main', ...ESP_TEMPLATE),
    ]);
  });

  // The octets that setkey 0.8.2 left in the same kernel for the same statements.
  test('tunnels, priorities, reqids and lifetimes', async () => {
    const tunnel: Template = {
      protocol: 'esp',
      mode: 'tunnel',
      endpoints: { local: address('192.0.2.1'), remote: address('192.0.2.2') },
      level: 'require',
      reqid: 16,
    };
    const between = selector(ALICE, BOB, {
      localAddress: { address: address('10.1.0.0'), length: 16 },
      remoteAddress: { address: address('10.2.0.0'), length: 16 },
    });
    const out = policy('outbound', protect(tunnel), between);
    const inbound = policy('inbound', protect(tunnel), { ...between, priority: 1073741824 });
    const discard = policy(
      'outbound',
      { kind: 'discard' },
      {
        nextLayerProtocol: 17,
        remotePort: { first: 53, last: 53 },
        priority: 3221225477,
      },
    );
    await backend.commit([out, inbound, discard].map(addPolicy));
    expect(ipXfrm('policy')).toEqual([
      lines(
        'src 10.9.0.1/32 dst 10.9.0.2/32 proto udp dport 53',
        'dir out action block priority 3221225477 ptype main',
      ),
      lines(
        'src 10.2.0.0/16 dst 10.1.0.0/16',
        'dir in priority 1073741824 ptype main',
        'tmpl src 192.0.2.2 dst 192.0.2.1',
        'proto esp reqid 16 mode tunnel',
      ),
      lines(
        'src 10.1.0.0/16 dst 10.2.0.0/16',
        'dir out priority 2147483648 ptype main',
        'tmpl src 192.0.2.1 dst 192.0.2.2',
        'proto esp reqid 16 mode tunnel',
      ),
    ]);
    expect((await collect(backend.policies())).map((record) => record.policy)).toEqual([
      discard,
      inbound,
      out,
    ]);
    const lived = espSa({
      mode: 'tunnel',
      replayWindow: 4,
      softLifetime: { seconds: 3000, octets: 900_000, packets: 900 },
      hardLifetime: { seconds: 3600, octets: 1_000_000, packets: 2 ** 33 },
    });
    await backend.commit([addSa(lived)]);
    const text = sh('ip -s xfrm state');
    expect(text).toMatch(/limit: soft 900000\(bytes\), hard 1000000\(bytes\)/);
    expect(text).toMatch(/limit: soft 900\(packets\), hard 8589934592\(packets\)/);
    expect(text).toMatch(/expire add: soft 3000\(sec\), hard 3600\(sec\)/);
    expect(text).toMatch(/expire use: soft 0\(sec\), hard 0\(sec\)/);
    expect(text).toMatch(/replay-window 4 .*flag .*af-unspec/);
  });

  test('limits that somebody else put there, and back', async () => {
    sh(`ip xfrm state add src 10.9.0.1 dst 10.9.0.2 proto esp spi 0x201 mode transport \
      enc 'cbc(aes)' 0x${'a5'.repeat(16)} auth-trunc 'hmac(sha256)' 0x${'5a'.repeat(32)} 128 \
      limit packet-soft 50 limit packet-hard 60`);
    const limits = () => sh('ip -s xfrm state').match(/(limit|expire .*): .*/g);
    const before = limits();
    expect(before).toContain('limit: soft 50(packets), hard 60(packets)');
    const [record] = await collect(backend.sas());
    expect(record?.parameters).toMatchObject({
      softLifetime: { ...UNLIMITED, packets: 50 },
      hardLifetime: { ...UNLIMITED, packets: 60 },
    });
    if (record === undefined) throw new Error('no SA');
    await backend.commit([FLUSH_SAS, addSa(record.parameters)]);
    expect(limits()).toEqual(before);
  });

  test('IPv6, both modes', async () => {
    const [local, remote] = [address('fd09::1'), address('fd09::2')];
    const tunnel: Template = {
      ...layer('ah'),
      mode: 'tunnel',
      endpoints: { local, remote },
    };
    const guarded = {
      ...policy('outbound', protect(layer('esp'), tunnel)),
      selector: selector(local, remote),
    };
    const sa = ahSa({ source: local, destination: remote, mode: 'tunnel', replayWindow: 128 });
    await backend.commit([addPolicy(guarded), addSa(sa)]);
    expect(ipXfrm('policy')).toEqual([
      lines(
        'src fd09::1/128 dst fd09::2/128',
        'dir out priority 2147483648 ptype main',
        'tmpl src :: dst ::',
        'proto esp reqid 0 mode transport',
        'tmpl src fd09::1 dst fd09::2',
        'proto ah reqid 0 mode tunnel',
      ),
    ]);
    expect((await collect(backend.policies())).map((record) => record.policy)).toEqual([guarded]);
    expect(ipXfrm('state')[0]).toContain('replay_window 128, bitmap-length 4');
    expect(await collect(backend.sas())).toMatchObject([
      { parameters: { mode: 'tunnel', destination: remote, replayWindow: 128 } },
    ]);
  });
});

describe('a reload', () => {
  test('of the same file never takes a policy away', async () => {
    await backend.commit(changesOf(GAZETTE.alice));
    const monitor = spawn('ip', ['xfrm', 'monitor', 'policy', 'SA']);
    let events = '';
    monitor.stdout.on('data', (octets: Buffer) => {
      events += octets.toString();
    });
    await waitFor(() => sh('cat /proc/net/netlink').split('\n').some(isXfrmListener));
    await backend.commit(changesOf(GAZETTE.alice));
    await waitFor(() => events.split('spi 0x00000301').length > 1);
    monitor.kill();
    const policyEvents = events
      .split('\n')
      .filter((line) => /^(Updated|Deleted) src .*32/.test(line));
    expect(policyEvents.map((line) => line.split(' ')[0])).toEqual([
      'Updated',
      'Updated',
      'Updated',
    ]);
    expect(ipXfrm('policy')).toEqual(BOTH_LAYERS_BOTH_WAYS);
    expect(ipXfrm('state')).toHaveLength(4);
  });
});

describe('a commit that the kernel refuses halfway', () => {
  const TOO_LOOSE: Policy = policy(
    'outbound',
    protect({
      ...layer('esp', 'use'),
      mode: 'tunnel',
      endpoints: { local: ALICE, remote: BOB },
    }),
    { nextLayerProtocol: 6 },
  );

  test('leaves the policies as they were, and tells the kernel’s reason', async () => {
    await backend.commit(changesOf(GAZETTE.alice));
    const before = [ipXfrm('state'), ipXfrm('policy')];
    const refused = await refusalOf([
      FLUSH_SAS,
      FLUSH_POLICIES,
      addSa(espSa()),
      addPolicy(policy('outbound', { kind: 'discard' })),
      addPolicy(TOO_LOOSE),
    ]);
    expect(refused).toEqual([
      4,
      'invalid',
      'the kernel calls it invalid: ' + 'Mode in optional template not allowed in outbound policy',
    ]);
    expect([ipXfrm('state'), ipXfrm('policy').sort()]).toEqual([before[0], before[1]?.sort()]);
  });

  test('brings SAs back with their sequence numbers, counters and limits', async () => {
    sh(`ip xfrm state add src 10.9.0.1 dst 10.9.0.2 proto esp spi 0x201 mode transport \
      reqid 5 replay-window 4 replay-oseq 77 replay-seq 33 enc 'cbc(aes)' 0x${'a5'.repeat(16)} \
      limit time-hard 3600 limit packet-soft 50 limit packet-hard 60`);
    // Our kernel lookup does not see that this one is in the way: it goes by the whole mark.
    sh(`ip xfrm state add src 10.9.0.3 dst 10.9.0.2 proto esp spi 0x202 mode transport \
      mark 0 mask 0xff enc 'cbc(aes)' 0x${'5a'.repeat(16)}`);
    const before = sh('ip -s xfrm state');
    const refused = await refusalOf([
      { kind: 'delete-sas-between', pair: { source: ALICE, destination: BOB, protocol: null } },
      addSa(ahSa()),
      addSa(espSa({ spi: 0x202 })),
    ]);
    expect(refused).toEqual([2, 'exists', 'there is an SA esp 0x00000202 to 10.9.0.2']);
    expect(entries(sh('ip -s xfrm state'))).toEqual(entries(before));
    expect(ipXfrm('state').join()).toContain('seq 0x21, oseq 0x4d');
  });

  test('takes back what was added behind the SA that it refused', async () => {
    sh(`ip xfrm state add src 10.9.0.3 dst 10.9.0.2 proto esp spi 0x202 mode transport \
      mark 0 mask 0xff enc 'cbc(aes)' 0x${'5a'.repeat(16)}`);
    const before = [ipXfrm('state'), ipXfrm('policy')];
    const refused = await refusalOf([
      addPolicy(policy('outbound', { kind: 'discard' })),
      ...[0x201, 0x202, 0x203].map((spi) => addSa(espSa({ spi }))),
    ]);
    expect(refused).toEqual([2, 'exists', 'there is an SA esp 0x00000202 to 10.9.0.2']);
    expect([ipXfrm('state'), ipXfrm('policy')]).toEqual(before);
  });

  test('says which SAs it could not bring back', async () => {
    const zeros = '00'.repeat(16);
    sh(`ip xfrm state add src 10.9.0.1 dst 10.9.0.2 proto esp spi 0x201 mode transport \
      enc 'cbc(aes)' 0x${zeros}
      ip xfrm state add src 10.9.0.3 dst 10.9.0.2 proto esp spi 0x202 mode transport \
      mark 0 mask 0xff enc 'cbc(aes)' 0x${'5a'.repeat(16)}`);
    const refused = await refusalOf([
      { kind: 'delete-sas-between', pair: { source: ALICE, destination: BOB, protocol: null } },
      addSa(espSa({ spi: 0x202 })),
    ]);
    expect(refused?.[2]).toContain('; 1 of what was there before could not be brought back');
  });
});

describe('IPComp tunnels', () => {
  const tunnel = ipcompSa({ mode: 'tunnel' });
  const HELPER = 'proto 4 spi 0x0a090001 reqid 0 mode tunnel';

  test('have a helper of the kernel’s that is not shown, and goes with the last of them', async () => {
    await backend.commit([addSa(tunnel), addSa({ ...tunnel, spi: 0x1003 })]);
    expect(ipXfrm('state').filter((entry) => entry.includes(HELPER))).toHaveLength(1);
    expect((await collect(backend.sas())).map(({ parameters }) => parameters.spi)).toEqual([
      0x1003, 0x1002,
    ]);
    await backend.commit([{ kind: 'delete-sa', id: tunnel }]);
    expect(ipXfrm('state')).toHaveLength(2);
    await backend.commit([{ kind: 'flush-sas', protocol: 'ipcomp' }]);
    await waitFor(() => ipXfrm('state').length === 0);
  });

  test('are brought back with it when a commit fails', async () => {
    await backend.commit([addSa(tunnel), addSa(ipcompSa({ spi: 0x12 }))]);
    // As above: found by the kernel alone.
    sh(`ip xfrm state add src 10.9.0.3 dst 10.9.0.2 proto esp spi 0x202 mode transport \
      mark 0 mask 0xff enc 'cbc(aes)' 0x${'5a'.repeat(16)}`);
    const before = ipXfrm('state').sort();
    const refused = await refusalOf([
      { kind: 'delete-sas-between', pair: { source: ALICE, destination: BOB, protocol: null } },
      addSa(espSa({ spi: 0x202 })),
    ]);
    expect(refused).toEqual([1, 'exists', 'there is an SA esp 0x00000202 to 10.9.0.2']);
    await waitFor(() => ipXfrm('state').length === before.length);
    expect(ipXfrm('state').sort()).toEqual(before);
  });
});

describe('security contexts', () => {
  const securityContext = { doi: 1, algorithm: 1, label: 'system_u:object_r:ipsec_spd_t:s0' };

  // Of a kernel with a security module: without one, Linux drops the label and says nothing.
  test('name policies, and are kept with SAs', async () => {
    const labelled = policy('outbound', { kind: 'bypass' }, { securityContext });
    const plain = policy('outbound', { kind: 'discard' });
    await backend.commit([
      addSa(espSa({ securityContext })),
      addPolicy(labelled),
      addPolicy(plain),
    ]);
    expect(ipXfrm('state')[0]).toContain(`security context ${securityContext.label}`);
    expect(ipXfrm('policy')[1]).toContain(`security context ${securityContext.label}`);
    expect(await collect(backend.sas())).toMatchObject([{ parameters: { securityContext } }]);
    await backend.commit([{ kind: 'delete-policy', policy: labelled }]);
    expect((await collect(backend.policies())).map((record) => record.policy)).toEqual([plain]);
    const twice = [addPolicy(labelled), addPolicy(labelled)];
    expect((await refusalOf(twice))?.slice(0, 2)).toEqual([1, 'exists']);
  });
});

describe('everything that any backend may refuse', () => {
  test('is taken', async () => {
    const changes = [
      ...SAS_BEYOND_SOME.map(([, sa]) => addSa(sa)),
      ...POLICIES_BEYOND_SOME.map(([, one]) => addPolicy(one)),
    ];
    const refused: string[] = [];
    for (const change of changes) {
      const refusal = await refusalOf([change]);
      if (refusal !== null) refused.push(refusal[2]);
      await backend.commit([FLUSH_SAS, FLUSH_POLICIES]);
    }
    expect(refused).toEqual([]);
  });
});

describe('a kernel without', () => {
  test('an algorithm is told by the algorithm’s name', async () => {
    const sa = espSa();
    const strange = { ...sa.encryption?.algorithm, linux: 'cbc(nonesuch)' };
    const registry = await import('../../../src/crypto/registry.ts');
    const ciphers = registry.CIPHERS as unknown as (typeof strange)[];
    ciphers.push(strange);
    try {
      const encryption = { ...sa.encryption, algorithm: strange } as typeof sa.encryption;
      const expected = [0, 'unsupported', 'this kernel has no cbc(nonesuch)'];
      expect(await refusalOf([addSa({ ...sa, encryption })])).toEqual(expected);
      const later = [addSa(ahSa()), addSa({ ...sa, encryption })];
      expect(await refusalOf(later)).toEqual([1, ...expected.slice(1)]);
    } finally {
      ciphers.pop();
    }
  });
});

describe('what others put into the kernel', () => {
  test('is shown under the kernel’s names where we have none', async () => {
    sh(`ip xfrm state add src 10.9.0.1 dst 10.9.0.2 proto esp spi 0x300 mode transport \
      aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f10111213 96 mark 5 mask 0xff
      ip xfrm state add src 10.9.0.1 dst 10.9.0.2 proto esp spi 0x301 mode transport \
      enc 'cbc(serpent)' 0x000102030405060708090a0b0c0d0e0f \
      auth-trunc 'hmac(sha512)' 0x0001 256`);
    const [serpent, gcm] = await collect(backend.sas());
    expect(gcm?.parameters).toMatchObject({
      encryption: { algorithm: { name: 'rfc4106(gcm(aes))', setkey: [] }, key: { bits: 160 } },
      integrity: null,
    });
    expect(serpent?.parameters).toMatchObject({
      encryption: { algorithm: { name: 'cbc(serpent)' } },
      integrity: { algorithm: { name: 'hmac-sha512' }, icvLength: 32 },
    });
    await backend.commit([
      { kind: 'delete-sas-between', pair: { source: ALICE, destination: BOB, protocol: 'esp' } },
    ]);
    expect(ipXfrm('state')).toEqual([]);
  });

  test('has no record where our types have no words, and goes with a flush', async () => {
    sh(`ip xfrm state add src 10.9.0.1 dst 10.9.0.2 proto esp spi 0x1200 mode beet \
        enc 'cbc(aes)' 0x${'a5'.repeat(16)} sel src 10.9.0.1 dst 10.9.0.2
      ip xfrm state add src 10.9.0.1 dst 10.9.0.2 proto esp spi 0x1201 mode transport \
        enc 'cbc(aes)' 0x${'a5'.repeat(16)} encap espinudp-nonike 4500 4500 0.0.0.0
      ip xfrm policy add src 10.1.0.0/16 dst 10.2.0.0/16 dir out \
        tmpl src 10.9.0.1 dst 10.9.0.2 proto esp mode beet
      ip xfrm policy add src 10.1.0.0/16 dst 10.2.0.0/16 dir out ptype sub
      ip xfrm policy add src 10.3.0.0/16 dst 10.2.0.0/16 dir in action block mark 5 mask 0xff`);
    expect(await collect(backend.sas())).toEqual([]);
    expect((await collect(backend.policies())).map((record) => record.policy.direction)).toEqual([
      'inbound',
    ]);
    await backend.commit([FLUSH_SAS, FLUSH_POLICIES]);
    expect(ipXfrm('state')).toEqual([]);
    expect(ipXfrm('policy').map((entry) => entry.split('\n')[1])).toEqual([
      'dir out priority 0 ptype sub',
    ]);
  });

  test('stays when it is the policy of a socket', async () => {
    const holder = spawn('python3', ['-uc', SOCKET_POLICY]);
    try {
      await new Promise((resolve) => holder.stdout.once('data', resolve));
      expect(ipXfrm('policy').join()).toContain('socket out');
      await backend.commit([addPolicy(policy('inbound', { kind: 'discard' }))]);
      expect(await collect(backend.policies())).toHaveLength(1);
      await backend.commit([FLUSH_SAS, FLUSH_POLICIES]);
      expect(ipXfrm('policy').map((entry) => entry.split('\n')[1])).toEqual([
        expect.stringContaining('socket out'),
      ]);
    } finally {
      holder.kill();
    }
  });
});

async function refusalOf(changes: readonly Change[]): Promise<[number, string, string] | null> {
  try {
    await backend.commit(changes);
    return null;
  } catch (error) {
    if (!(error instanceof ChangeRefused)) throw error;
    return [error.index, error.refusal, error.message];
  }
}

/** A line of /proc/net/netlink: family 6 is XFRM, and the groups it listens to are not none. */
function isXfrmListener(line: string): boolean {
  const [, family, , groups] = line.trim().split(/\s+/);
  return family === '6' && groups !== '00000000';
}

/** SAs in an order of their own: what is brought back is the newest. */
function entries(text: string): string[] {
  return text
    .split(/\n(?=src )/)
    .map((entry) => entry.trim())
    .sort();
}

function lines(...parts: readonly string[]): string {
  return parts.join('\n');
}

function espState(ends: string, spi: string, parts: { auth?: string; enc: string }): string {
  return lines(
    ends,
    `proto esp spi ${spi} reqid 0 mode transport`,
    'replay-window 0',
    ...(parts.auth === undefined ? [] : [`auth-trunc ${parts.auth}`]),
    `enc ${parts.enc}`,
    ...STATE_END,
  );
}

function ahState(ends: string, spi: string, auth: string): string {
  return lines(
    ends,
    `proto ah spi ${spi} reqid 0 mode transport`,
    'replay-window 0',
    `auth-trunc ${auth}`,
    ...STATE_END,
  );
}

const THERE = 'src 10.9.0.1 dst 10.9.0.2';
const BACK = 'src 10.9.0.2 dst 10.9.0.1';
const STATE_END = [
  'anti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000',
  'sel src 0.0.0.0/0 dst 0.0.0.0/0',
];
const ESP_TEMPLATE = ['tmpl src 0.0.0.0 dst 0.0.0.0', 'proto esp reqid 0 mode transport'];
const BOTH_LAYERS = [
  ...ESP_TEMPLATE,
  'tmpl src 0.0.0.0 dst 0.0.0.0',
  'proto ah reqid 0 mode transport',
];
const BOTH_LAYERS_BOTH_WAYS = [
  lines(
    'src 10.9.0.2/32 dst 10.9.0.1/32',
    'dir fwd priority 2147483648 ptype main',
    ...BOTH_LAYERS,
  ),
  lines('src 10.9.0.2/32 dst 10.9.0.1/32', 'dir in priority 2147483648 ptype main', ...BOTH_LAYERS),
  lines(
    'src 10.9.0.1/32 dst 10.9.0.2/32',
    'dir out priority 2147483648 ptype main',
    ...BOTH_LAYERS,
  ),
];

/** Gives a socket an outbound policy of its own (IP_XFRM_POLICY is 17) and keeps it open. */
const SOCKET_POLICY = `
import socket, time
info = bytearray(168)
info[40:42] = (2).to_bytes(2, 'little')
for at in range(56, 88): info[at] = 0xff
info[160] = 1
holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
holder.setsockopt(socket.IPPROTO_IP, 17, bytes(info))
print('held')
time.sleep(60)
`;
