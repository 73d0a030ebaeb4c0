/**
 * The kernel backend on this machine's kernel, in a network namespace of its own. What this kernel
 * lacks of IPsec is named; what it has of it is left to the uml tier.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ENCRYPTION_ALGORITHMS, INTEGRITY_ALGORITHMS } from '../../src/crypto/registry.ts';
import { KernelBackend } from '../../src/io/xfrm/kernel-backend.ts';
import { type KernelGap, kernelGaps } from '../../src/io/xfrm/kernel-gaps.ts';
import { kernelHasIpsec } from '../../src/io/xfrm/kernel-ipsec.ts';
import { ChangeRefused, collect } from '../../src/ipsec/backend.ts';
import type { Change } from '../../src/ipsec/change.ts';
import { COMPRESSION_ALGORITHMS } from '../../src/ipsec/compression.ts';
import type { BackendEvent } from '../../src/ipsec/events.ts';
import type { Policy } from '../../src/ipsec/policy.ts';
import { hostPrefix, type Prefix } from '../../src/net/prefix.ts';
import { makeNamespace, type Namespace } from '../lab/namespace.ts';
import { describeNetns } from '../lab/tier.ts';
import { address } from '../support/packets.ts';
import { addPolicy, addSa, ahSa, espSa, ipcompSa, layer, policy, protect } from '../support/sas.ts';
import { inNamespace, withoutNetAdmin } from '../support/thread.ts';

/** More policies than the kernel keeps events for a listener that does not listen. */
const MORE_THAN_FITS = 40_000;

/** A host of 10.0.0.0/8. */
function hostNumber(k: number): Prefix {
  return hostPrefix({ version: 4, octets: Uint8Array.of(10, k >>> 16, k >>> 8, k) });
}

const TCP = { nextLayerProtocol: 6 };
const UDP = { nextLayerProtocol: 17 };
const GRE = { nextLayerProtocol: 47 };
const SCTP = { nextLayerProtocol: 132 };

/** Protection that only the kernel knows to be none: no IPv6 tunnel goes into IPv4 transport mode. */
const REFUSED = protect(
  {
    ...layer('esp'),
    mode: 'tunnel',
    endpoints: { local: address('fd09::1'), remote: address('fd09::2') },
  },
  layer('ah'),
);

const portOf = ({ selector }: Policy): number | undefined => selector.remotePort.first;

describeNetns('the kernel backend', () => {
  let namespace: Namespace;
  let backend: KernelBackend;
  let has: ReturnType<typeof kernelHasIpsec>;

  beforeAll(async () => {
    namespace = await makeNamespace('kernel-backend');
    [backend, has] = inNamespace(namespace.name, () => [new KernelBackend(), kernelHasIpsec()]);
  });

  afterEach(async () => {
    await backend.commit([{ kind: 'flush-policies' }]);
  });

  afterAll(async () => {
    await backend?.close();
    await namespace?.dispose();
  });

  /** What is told about policies from when it listens on. */
  const startMonitor = () => {
    const monitor = namespace.spawn(['ip', 'xfrm', 'monitor', 'policy']);
    const listens = async (): Promise<void> => {
      for (;;) {
        const { stdout } = await namespace.run(['cat', '/proc/net/netlink']);
        if (stdout.split('\n').some(isXfrmListener)) return;
      }
    };
    return { monitor, listens };
  };

  const refusalOf = async (...changes: Change[]): Promise<unknown> => {
    try {
      await backend.commit(changes);
      return null;
    } catch (error) {
      return error instanceof ChangeRefused && [error.index, error.refusal, error.message];
    }
  };

  test('what the kernel lacks is what it is not found to have', async () => {
    const gaps = inNamespace(namespace.name, () => kernelGaps());
    const { protocols, ciphers, integrity, compression } = await backend.capabilities();
    const lacks = (kind: KernelGap['kind']) =>
      gaps.flatMap((gap) => (gap.kind === kind ? [gap.name] : []));
    const known = (algorithms: readonly { readonly name: string }[]) =>
      algorithms.map(({ name }) => name).toSorted();
    expect([...protocols, ...lacks('protocol')].toSorted()).toEqual(['ah', 'esp', 'ipcomp']);
    expect([...ciphers, ...lacks('cipher')].toSorted()).toEqual(known(ENCRYPTION_ALGORITHMS));
    expect([...integrity, ...lacks('integrity')].toSorted()).toEqual(known(INTEGRITY_ALGORITHMS));
    expect([...compression, ...lacks('compression')]).toEqual(known(COMPRESSION_ALGORITHMS));
    for (const { reason } of gaps) expect(reason).toMatch(/^this kernel has no \S+/);
  });

  test('policies need no SAs', async () => {
    const both = protect(layer('esp'), layer('ah', 'use', 9));
    const some = [policy('outbound', both), policy('inbound', { kind: 'discard' })];
    await backend.commit(some.map(addPolicy));
    expect((await collect(backend.policies())).map((record) => record.policy)).toEqual(
      some.toReversed(),
    );
    expect(await namespace.ip('xfrm', 'policy')).toContain('dir in action block');
  });

  test('a range of ports that the kernel has no words for is refused', async () => {
    const ports = { nextLayerProtocol: 6, localPort: { first: 1000, last: 2000 } };
    expect(await refusalOf(addPolicy(policy('outbound', protect(layer('esp')), ports)))).toEqual([
      0,
      'unsupported',
      'Linux has no policies for a range of ports such as 1000-2000',
    ]);
  });

  test('what this kernel lacks is named exactly, and nothing changes', async (context) => {
    if (typeof has === 'string' || has.esp || has.ah) context.skip('this kernel has IPsec');
    expect(await backend.capabilities()).toEqual({
      backend: 'kernel',
      protocols: [],
      ciphers: [],
      integrity: [],
      compression: [],
    });
    await backend.commit([addPolicy(policy('outbound', protect(layer('esp'))))]);
    const before = await collect(backend.policies());
    const noEsp = 'this kernel has no ESP (CONFIG_INET_ESP)';
    const noAh = 'this kernel has no AH (CONFIG_INET_AH)';
    expect(await refusalOf(addSa(espSa()))).toEqual([0, 'unsupported', noEsp]);
    expect(
      await refusalOf(
        { kind: 'flush-sas', protocol: null },
        { kind: 'flush-policies' },
        addSa(ahSa()),
      ),
    ).toEqual([2, 'unsupported', noAh]);
    expect(await refusalOf(addSa(ipcompSa()))).toEqual([
      0,
      'unsupported',
      'this kernel has no IPComp (CONFIG_INET_IPCOMP)',
    ]);
    const ends = { source: address('fd09::1'), destination: address('fd09::2') };
    expect(await refusalOf(addSa(espSa(ends)))).toEqual([
      0,
      'unsupported',
      'this kernel has no ESP for IPv6 (CONFIG_INET6_ESP)',
    ]);
    expect(await collect(backend.policies())).toEqual(before);
    expect(await collect(backend.sas())).toEqual([]);
  });

  test('what is refused in the middle of a batch leaves all as it was, and opened nothing', async () => {
    await backend.commit([addPolicy(policy('outbound', { kind: 'discard' }, TCP))]);
    const before = await namespace.ip('xfrm', 'policy');
    const { monitor, listens } = startMonitor();
    await listens();
    const refused = await refusalOf(
      addPolicy(policy('outbound', protect(layer('esp')), { ...UDP, priority: 1 })),
      addPolicy(policy('outbound', REFUSED, { ...SCTP, priority: 2 })),
      addPolicy(policy('outbound', protect(layer('ah')), { ...GRE, priority: 3 })),
      addPolicy(policy('outbound', { kind: 'bypass' }, { priority: 4 })),
    );
    expect(refused).toEqual([1, 'invalid', expect.stringContaining('the kernel calls it invalid')]);
    expect(await namespace.ip('xfrm', 'policy')).toBe(before);
    await backend.commit([{ kind: 'flush-policies' }]);
    await monitor.until(/Deleted .* proto tcp/);
    expect(monitor.stdout.match(/^\S.* proto \S+|^\S.*\/32 $/gm)?.map(shortened)).toEqual([
      'src proto udp',
      'src proto gre',
      'Deleted proto gre',
      'Deleted proto udp',
      'Deleted proto tcp',
    ]);
    monitor.kill('SIGKILL');
  });

  test('thousands of policies go in, are replaced, and come back when one is refused', async () => {
    const many = Array.from({ length: 3000 }, (_, k) =>
      policy('outbound', protect(layer('esp')), {
        ...UDP,
        remotePort: { first: k + 1, last: k + 1 },
      }),
    );
    await backend.commit(many.map(addPolicy));
    expect((await collect(backend.policies())).map((record) => record.policy)).toEqual(
      many.toReversed(),
    );
    const others = many.map((one) => ({ ...one, action: protect(layer('ah')) }));
    const again = [{ kind: 'flush-policies' as const }, ...others.map(addPolicy)];
    const last = addPolicy(policy('outbound', REFUSED, SCTP));
    expect((await refusalOf(...again, last)) as unknown[]).toContain(3001);
    const kept = (await collect(backend.policies())).map((record) => record.policy);
    expect(new Set(kept.map(portOf)).size).toBe(3000);
    expect(kept.every(({ action }) => isDeepStrictEqual(action, protect(layer('esp'))))).toBe(true);
    await backend.commit(again);
    expect((await collect(backend.policies())).map((record) => record.policy.action)).toEqual(
      others.map(({ action }) => action),
    );
  });

  test('whoever may not is told what is needed', async () => {
    const needs = 'the SAs and policies of the kernel are for those with CAP_NET_ADMIN';
    const attempts = withoutNetAdmin(() => [
      refusalOf(addPolicy(policy('outbound', { kind: 'discard' }))),
      refusalOf(addSa(espSa()), addSa(ahSa())),
      collect(backend.sas()).catch(String),
      backend.capabilities().catch(String),
    ]);
    expect(await Promise.all(attempts)).toEqual([
      [0, 'failed', needs],
      [0, 'failed', needs],
      `SystemError: Cannot list the SAs of the kernel: ${needs} (EPERM)`,
      `SystemError: Cannot ask the kernel about IPsec: ${needs} (EPERM)`,
    ]);
    expect(withoutNetAdmin(kernelHasIpsec)).toBe(needs);
  });

  test('tells what others do to the SPD, wherever it was opened', async () => {
    const events = await backend.events();
    const policy = 'src 10.9.0.1 dst 10.9.0.7 dir out';
    await namespace.run(['ip', 'xfrm', 'policy', 'add', ...policy.split(' '), 'action', 'block']);
    await namespace.run(['ip', 'xfrm', 'policy', 'delete', ...policy.split(' ')]);
    const told: BackendEvent[] = [];
    for await (const event of events) if (told.push(event) === 2) break;
    expect(told).toMatchObject([
      { kind: 'policy-added', policy: { direction: 'outbound', action: { kind: 'discard' } } },
      { kind: 'policy-deleted', policy: { direction: 'outbound', action: { kind: 'discard' } } },
    ]);
  });

  test('says when a listener was too slow for what happened', async () => {
    const events = await backend.events();
    const many = Array.from({ length: MORE_THAN_FITS }, (_, k) =>
      addPolicy(policy('outbound', { kind: 'discard' }, { remoteAddress: hostNumber(k) })),
    );
    await backend.commit(many);
    const kinds = new Set<string>();
    for await (const { kind } of events) {
      kinds.add(kind);
      if (kind === 'overrun') break;
    }
    expect(kinds).toContain('overrun');
  });
});

/** A line of /proc/net/netlink: family 6 is XFRM, and the groups it listens to are not none. */
function isXfrmListener(line: string): boolean {
  const [, family, , groups] = line.trim().split(/\s+/);
  return family === '6' && groups !== '00000000';
}

/** `Deleted src 10.9.0.1/32 dst 10.9.0.2/32 proto tcp` in three words. */
function shortened(line: string): string {
  return line.replace(/^(\S+) .*\/32 ?/, '$1 ');
}
