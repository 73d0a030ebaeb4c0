/**
 * The UDP ports of IKE on a kernel that has ESP: see `two-hosts.ts` for the hosts. Policies protect
 * everything between them, in UDP, and IKE is beside it.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ListenAddress } from '../../../src/ike/configuration.ts';
import { UdpPorts } from '../../../src/io/ike/udp-ports.ts';
import { exemptFromKernel } from '../../../src/io/xfrm/socket-exemption.ts';
import { address, countedOctets } from '../../support/packets.ts';
import { espSa, inUdp, layer, opposite, policy, protect, selector } from '../../support/sas.ts';
import { inNamespace } from '../../support/thread.ts';
import { waitFor } from './commands.ts';
import {
  commitBoth,
  disposeTwoHosts,
  emptyTwoHosts,
  makeTwoHosts,
  ping,
  pingInVain,
  type TwoHosts,
  WIRE,
} from './two-hosts.ts';

const PORTS = [500, 4500];

let hosts: TwoHosts;

beforeAll(() => {
  hosts = makeTwoHosts();
});

afterEach(() => emptyTwoHosts(hosts));

afterAll(() => disposeTwoHosts(hosts));

test.each([4, 6] as const)('IKE and ESP share a port over IPv%i', async (version) => {
  const [alice, bob] = WIRE[version].map(address);
  if (alice === undefined || bob === undefined) throw new Error('Bug: a wire has two ends');
  const sa = inUdp(espSa({ source: alice, destination: bob }));
  await commitBoth(hosts, [sa, opposite(sa)], {
    ...policy('outbound', protect(layer('esp'))),
    selector: selector(alice, bob),
  });
  // Nobody takes ESP out of UDP yet.
  pingInVain(WIRE[version][1]);
  const heard: { readonly text: string; readonly message: Uint8Array }[] = [];
  const opened = (host: string, own: typeof alice) => {
    const ports = new UdpPorts(exemptFromKernel, ({ local }, message) => {
      heard.push({ text: `${host} ${local.port}`, message: message.slice() });
    });
    const wanted = PORTS.map(
      (port): ListenAddress => ({ address: own, port, natTraversal: port === 4500 }),
    );
    return { ports, listening: ports.listen(wanted) };
  };
  const near = opened('alice', alice);
  const far = inNamespace('bob', () => opened('bob', bob));
  try {
    expect([await near.listening, await far.listening]).toEqual([[], []]);
    ping(WIRE[version][1]);
    const message = countedOctets(3000);
    for (const port of PORTS) {
      const [here, there] = [alice, bob].map((own) => ({ address: own, port }));
      if (here === undefined || there === undefined) continue;
      near.ports.send({ local: here, remote: there }, message);
      await waitFor(() => heard.length === 1);
      far.ports.send({ local: there, remote: here }, message);
      await waitFor(() => heard.length === 2);
      expect(heard.splice(0)).toEqual([
        { text: `bob ${port}`, message },
        { text: `alice ${port}`, message },
      ]);
    }
    ping(WIRE[version][1], 1400);
  } finally {
    await near.ports.close();
    await far.ports.close();
  }
});
