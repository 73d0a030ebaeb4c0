/**
 * Many policies for networks and ports: the guard has one rule for those that are alike, and keeps
 * what it kept.
 *
 *     alice  ipseald ──── veth ──── bob, who knows nothing of IPsec
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { joinByVeth, makeNamespace, type Namespace } from '../lab/namespace.ts';
import { describeNetns } from '../lab/tier.ts';
import { ALICE_ADDRESS, PYTHON, TestHost } from '../support/hosts.ts';

const ALICE6 = 'fd09::1';
const NETWORKS = 20;
/** Bob's addresses: within one of the networks, and within none. */
const WITHIN = { 4: '10.20.3.7', 6: 'fd20:3::7' } as const;
const WITHOUT = { 4: '10.21.3.7', 6: 'fd21:3::7' } as const;

/** How long to wait, in seconds, for an answer that comes, though a machine be busy; and for one that does not. */
const [PATIENCE_S, IN_VAIN_S] = [10, 1];

/** Everything to network k in ESP, but for TCP to port 8000 + k. */
function policiesOf(k: number): string {
  const lines = [
    [ALICE_ADDRESS, `10.20.${k}.0/24`],
    [ALICE6, `fd20:${k}::/64`],
  ].map(
    ([host, net]) => `
      spdadd ${host} ${net}[${8000 + k}] tcp -P out none;
      spdadd ${net}[${8000 + k}] ${host} tcp -P in none;
      spdadd ${host} ${net} any -P out ipsec esp/transport//require;
      spdadd ${net} ${host} any -P in ipsec esp/transport//require;`,
  );
  return lines.join('');
}

describeNetns('a guard with many policies for networks and ports', () => {
  let alice: TestHost;
  let bob: Namespace;

  beforeAll(async () => {
    alice = new TestHost(await makeNamespace('alice'), ALICE_ADDRESS);
    bob = await makeNamespace('bob');
    await joinByVeth(alice.namespace, bob, {
      a: [`${ALICE_ADDRESS}/8`, `${ALICE6}/16`, 'fd20::1/16', 'fd21::1/16'],
      b: [
        ...['10.9.0.2/8', `${WITHIN[4]}/8`, `${WITHOUT[4]}/8`],
        ...['fd09::2/16', `${WITHIN[6]}/16`, `${WITHOUT[6]}/16`],
      ],
    });
    await alice.startDaemon();
    const all = Array.from({ length: NETWORKS }, (_, k) => policiesOf(k)).join('');
    await alice.load(`flush; spdflush; ${all}`);
  });

  afterAll(async () => {
    await alice?.dispose();
    await bob?.dispose();
  });

  const ping = (from: Namespace, source: string, to: string, seconds: number) =>
    from.run(['ping', '-n', '-c', '1', '-W', `${seconds}`, '-I', source, to]);

  /** Whether `from` is answered by TCP's word that nobody listens: what was sent came, and went back. */
  async function reaches(
    from: Namespace,
    source: string,
    to: string,
    port: number,
    seconds: number,
  ) {
    const script = `
import socket, sys
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_STREAM)
s.settimeout(float(sys.argv[4]))
s.bind((sys.argv[1], 0))
try:
    s.connect((sys.argv[2], int(sys.argv[3])))
except ConnectionRefusedError:
    print('refused')
except OSError as error:
    print(error)`;
    const { stdout } = await from.run([PYTHON, '-c', script, source, to, `${port}`, `${seconds}`]);
    return stdout.trim() === 'refused';
  }

  test('has one rule for those that are alike, and nft can show it', async () => {
    const { status, stdout } = await alice.namespace.run([
      'nft',
      'list',
      'table',
      'inet',
      'ipseal',
    ]);
    expect(status).toBe(0);
    const [, inbound = ''] = stdout.match(/chain inbound \{(.*?)\n\t\}/s) ?? [];
    expect(inbound.match(/in-tmpl-mismatch/g)).toHaveLength(2);
    expect(inbound).toMatch(/10\.20\.19\.0/);
  });

  for (const version of [4, 6] as const) {
    const host = version === 4 ? ALICE_ADDRESS : ALICE6;

    test(`sends nothing in the clear to one of the networks, IPv${version}`, async () => {
      const discards = await alice.discardsDuring(async () => {
        expect((await ping(alice.namespace, host, WITHIN[version], IN_VAIN_S)).status).not.toBe(0);
        expect(await reaches(alice.namespace, host, WITHIN[version], 8004, IN_VAIN_S)).toBe(false);
      });
      expect(discards['out-no-states']).toBeGreaterThan(1);
    });

    test(`takes nothing in the clear from one of the networks, IPv${version}`, async () => {
      const discards = await alice.discardsDuring(async () => {
        expect((await ping(bob, WITHIN[version], host, IN_VAIN_S)).status).not.toBe(0);
      });
      expect(discards['in-tmpl-mismatch']).toBeGreaterThan(0);
    });

    test(`lets pass what a policy says, and what none is about, IPv${version}`, async () => {
      expect(await reaches(alice.namespace, host, WITHIN[version], 8003, PATIENCE_S)).toBe(true);
      expect((await ping(alice.namespace, host, WITHOUT[version], PATIENCE_S)).status).toBe(0);
      expect((await ping(bob, WITHOUT[version], host, PATIENCE_S)).status).toBe(0);
    });
  }
});
