/**
 * IKE beside the userspace data plane, under policies for everything: the ports of IKE are the host's
 * and the data plane's, and what goes through them is in the clear.
 *
 *     bob 10.9.0.2, programs ──── 10.9.0.1 alice: data plane, and who says back what comes to 500, 4500
 *         fd09::2                 fd09::1         SPD: protect everything
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collect } from '../../src/ipsec/backend.ts';
import { type Command, succeed } from '../lab/command.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  type Hosts,
  makeHosts,
  PROJECT,
  PYTHON,
  type TestHost,
  WIRE,
  waitUntil,
} from '../support/hosts.ts';
import { layerChanges } from '../support/layers.ts';

/** Sends to each port, and prints what comes back within a second: how many octets, and whether they are the same. */
const ASK = `
import os, socket, sys
address, length = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ':' in address else socket.AF_INET
for port in (500, 4500, 5000):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.settimeout(20 if port < 5000 else 1)
    marker = bytes(4) if port == 4500 else b''
    sent = marker + os.urandom(length)
    s.sendto(sent, (address, port))
    try:
        back, peer = s.recvfrom(65535)
        print(port, 'same' if back == sent and peer[:2] == (address, port) else 'different')
    except (TimeoutError, ConnectionRefusedError):
        print(port, 'nothing')`;

describeNetns('IKE beside the userspace data plane', () => {
  let hosts: Hosts;
  let echo: Command;

  beforeAll(async () => {
    hosts = await makeHosts([]);
    const { alice, bob } = hosts;
    await alice.namespace.addAddress(WIRE, 'fd09::1/64');
    await bob.namespace.addAddress(WIRE, 'fd09::2/64');
    echo = alice.namespace.spawn(echoAt(alice));
    await echo.until(/listening at/);
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  const echoAt = ({ control }: TestHost) =>
    ['node', `${PROJECT}/test/support/ike-echo.mjs`, 'userspace', control] as const;

  const asked = (to: string, length: number) =>
    succeed(hosts.bob.namespace, [PYTHON, '-c', ASK, to, `${length}`]);

  for (const [ours, theirs] of [
    ['10.9.0.1', '10.9.0.2'],
    ['fd09::1', 'fd09::2'],
  ] as const) {
    test(`messages to ${ours} are answered, and nothing else, long ones too`, async () => {
      const { alice } = hosts;
      const { alice: changes } = layerChanges({
        between: [ours, theirs],
        layers: [{ protocol: 'esp' }],
      });
      await alice.ask((client) => client.commit(changes));
      const discards = await alice.discardsDuring(async () => {
        for (const length of [100, 20_000]) {
          expect(await asked(ours, length)).toBe('500 same\n4500 same\n5000 nothing\n');
        }
      });
      expect(Object.keys(discards)).toEqual(['in-tmpl-mismatch']);
    });
  }

  test('packets that wait for an SA are told, and go when it is there', async () => {
    const { alice } = hosts;
    const { alice: changes } = layerChanges({
      between: ['10.9.0.1', '10.9.0.2'],
      layers: [{ protocol: 'esp' }],
    });
    const policies = changes.filter(({ kind }) => kind === 'add-policy');
    const sas = changes.filter(({ kind }) => kind === 'add-sa');
    const sent = () =>
      alice.ask(async (client) => {
        const records = await collect(client.sas());
        return records.reduce((sum, { packets }) => sum + packets, 0);
      });
    await alice.load('flush; spdflush;');
    await alice.ask((client) => client.commit(policies));
    const discards = await alice.discardsDuring(async () => {
      await alice.namespace.run(['ping', '-c', '1', '-W', '1', '10.9.0.2']);
      await echo.until(/acquire esp/);
      await alice.ask((client) => client.commit(sas));
      await waitUntil('the ping', async () => (await sent()) === 1);
    });
    // That Bob has no ESP he says in the clear.
    expect(discards).not.toHaveProperty('out-no-states');
  });

  test('addresses that come later are listened on', async () => {
    const { alice } = hosts;
    await alice.namespace.addAddress(WIRE, '10.9.0.7/24');
    const bound = async () => (await alice.namespace.run(['ss', '-Hlun'])).stdout;
    await waitUntil('the ports', async () => {
      const text = await bound();
      return text.includes('10.9.0.7:500 ') && text.includes('10.9.0.7:4500 ');
    });
    expect(await asked('10.9.0.7', 100)).toContain('500 same\n4500 same\n');
    await alice.namespace.ip('address', 'del', '10.9.0.7/24', 'dev', WIRE);
    await waitUntil('the end of the ports', async () => !(await bound()).includes('10.9.0.7:'));
  });

  test('a second one says what to do', async () => {
    const { alice } = hosts;
    const { status, stdout } = await alice.namespace.run(echoAt(alice));
    expect(status).toBe(1);
    expect(stdout).toContain('an ipseald runs already');
    expect(stdout).toContain('stop that one');
  });

  test('the ports are closed when it ends', async () => {
    const { alice } = hosts;
    const bound = async () => (await alice.namespace.run(['ss', '-Hlun'])).stdout;
    expect(await bound()).toContain('10.9.0.1:4500');
    const { status, stdout } = await echo.stop('SIGTERM', 10_000);
    expect(status).toBe(0);
    expect(stdout).toMatch(/shut-down\n$/);
    expect(await bound()).not.toMatch(/:4?500 /);
  });
});
