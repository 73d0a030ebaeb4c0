/**
 * The UDP ports of IKE, in this very process: it makes two namespaces and steps into them.
 *
 *     ┌─ here ──────────────────────┐          ┌─ there ─────────────────────┐
 *     │ UdpPorts 500, 4500          │          │ UdpPorts 500, 4500          │
 *     │ SPD: protect everything     │          │ SPD: protect everything     │
 *     │       wire0 10.9.0.1 ───────┼── veth ──┼─────── wire0 10.9.0.2       │
 *     │             fd09::1         │          │              fd09::2        │
 *     └─────────────────────────────┘          └─────────────────────────────┘
 *
 * @module
 */
import { createSocket, type Socket } from 'node:dgram';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ListenAddress } from '../../src/ike/configuration.ts';
import { formatUdpAddress, type Path } from '../../src/ike/path.ts';
import { wantedPorts } from '../../src/ike/ports.ts';
import { addressChanges, hostAddresses } from '../../src/io/host-addresses.ts';
import { UdpPorts } from '../../src/io/ike/udp-ports.ts';
import { openIpSocket, setSocketOption, socketAddress } from '../../src/io/ip-socket.ts';
import { errno, LINUX, libc, SystemError } from '../../src/io/libc.ts';
import { NETLINK, NetlinkSocket } from '../../src/io/netlink-socket.ts';
import { NetworkNamespace } from '../../src/io/network-namespace.ts';
import { KernelBackend } from '../../src/io/xfrm/kernel-backend.ts';
import { exemptFromKernel } from '../../src/io/xfrm/socket-exemption.ts';
import { formatIpAddress } from '../../src/net/ip-address.ts';
import { newAddress } from '../../src/netlink/host-address.ts';
import { linkUp, newVethPair } from '../../src/netlink/link.ts';
import { describeNetns } from '../lab/tier.ts';
import { waitUntil } from '../support/hosts.ts';
import { layerChanges } from '../support/layers.ts';
import { address, countedOctets } from '../support/packets.ts';

const EVERYWHERE = { addresses: [], strict: false };
const KEEPALIVE = Uint8Array.of(0xff);

/** A namespace with its ports, and the messages that came to them. */
class Side {
  readonly namespace = NetworkNamespace.create();
  readonly heard: { readonly path: Path; readonly message: Uint8Array }[] = [];
  readonly ports = new UdpPorts(exemptFromKernel, (path, message) => {
    this.heard.push({ path, message: message.slice() });
  });

  /** Gives its end of the wire, or `lo`, addresses. */
  addAddresses(device: string, ...texts: readonly string[]): void {
    this.namespace.within(() => {
      const route = new NetlinkSocket(NETLINK.ROUTE);
      const index = libc.if_nametoindex(device);
      for (const text of texts) {
        const length = text.includes(':') ? 64 : 24;
        route.request(newAddress(index, address(text), length), 'add an address');
      }
      route.request(linkUp(index), 'bring it up');
      route.close();
    });
  }

  /** Opens what is usual for the addresses that it has now; those that could not be. */
  listen(): ReturnType<UdpPorts['listen']> {
    return this.namespace.within(() =>
      this.ports.listen(wantedPorts(EVERYWHERE, hostAddresses()).ports),
    );
  }

  async close(): Promise<void> {
    await this.ports.close();
    this.namespace.close();
  }
}

function pathOf(local: string, remote: string, port: number): Path {
  return {
    local: { address: address(local), port },
    remote: { address: address(remote), port },
  };
}

/** A socket of another program at a port of `side`; one that shares it `reuse`s the port. */
function otherSocket(side: Side, local: string, port: number, reuse: boolean): Socket {
  const fd = side.namespace.within(() => openIpSocket(4, LINUX.SOCK_DGRAM, 0, 'open a socket'));
  if (fd === null) throw new Error('Bug: there is no IPv4');
  setSocketOption(fd, LINUX.SOL_SOCKET, LINUX.SO_REUSEADDR, reuse ? 1 : 0);
  const name = socketAddress(address(local), port);
  if (libc.bind(fd, name, name.length) < 0) {
    const failure = new SystemError('bind', errno());
    libc.close(fd);
    throw failure;
  }
  return createSocket('udp4').bind({ fd });
}

const WAYS = [
  ['10.9.0.1', '10.9.0.2', 500],
  ['10.9.0.1', '10.9.0.2', 4500],
  ['fd09::1', 'fd09::2', 500],
  ['fd09::1', 'fd09::2', 4500],
] as const;

describeNetns('the UDP ports of IKE', () => {
  let here: Side;
  let there: Side;

  beforeAll(async () => {
    here = new Side();
    there = new Side();
    here.namespace.within(() => {
      const route = new NetlinkSocket(NETLINK.ROUTE);
      route.request(newVethPair('wire0', 'wire0', there.namespace.fd), 'make a wire');
      route.close();
    });
    here.addAddresses('wire0', '10.9.0.1', 'fd09::1');
    there.addAddresses('wire0', '10.9.0.2', 'fd09::2');
    // Others may have an IPv6 address until it is known that they have not.
    const usable = (side: Side, text: string) =>
      waitUntil(text, () =>
        side.namespace.within(() => hostAddresses().map(formatIpAddress).includes(text)),
      );
    await usable(here, 'fd09::1');
    await usable(there, 'fd09::2');
    expect(await here.listen()).toEqual([]);
    expect(await there.listen()).toEqual([]);
  });

  afterAll(async () => {
    await here?.close();
    await there?.close();
  });

  /** Has a message go one way, and gives back what is told of it at the other end. */
  async function carried(from: Side, to: Side, path: Path, message: Uint8Array) {
    to.heard.length = 0;
    from.ports.send(path, message);
    await waitUntil('the message', () => to.heard.length > 0);
    return to.heard[0];
  }

  for (const [local, remote, port] of WAYS) {
    test(`messages go both ways between ${local} and ${remote}, port ${port}`, async () => {
      const onward = pathOf(local, remote, port);
      const back = pathOf(remote, local, port);
      for (const length of [28, 60_000]) {
        const message = countedOctets(length);
        for (const [from, to, path] of [
          [here, there, onward],
          [there, here, back],
        ] as const) {
          const came = await carried(from, to, path, message);
          expect(came?.message).toEqual(message);
          expect(came && formatUdpAddress(came.path.remote)).toBe(formatUdpAddress(path.local));
          expect(came && formatUdpAddress(came.path.local)).toBe(formatUdpAddress(path.remote));
        }
      }
    });
  }

  test('policies for everything stop other programs, and not IKE', async () => {
    const protect = layerChanges({
      between: ['10.9.0.1', '10.9.0.2'],
      layers: [{ protocol: 'esp' }],
    });
    const sides = [
      { side: here, changes: protect.alice },
      { side: there, changes: protect.bob },
    ].map(({ side, changes }) => ({
      backend: side.namespace.within(() => new KernelBackend()),
      policies: changes.filter(({ kind }) => kind === 'add-policy'),
    }));
    const other = otherSocket(here, '10.9.0.1', 0, false);
    const otherSends = () =>
      new Promise((resolve) => other.send('other', 500, '10.9.0.2', resolve));
    const texts = () => there.heard.map(({ message }) => new TextDecoder().decode(message));
    const heard = (text: string) => waitUntil(text, () => texts().includes(text));
    try {
      await otherSends();
      await heard('other');
      for (const { backend, policies } of sides) await backend.commit(policies);
      there.heard.length = 0;
      await otherSends();
      for (const port of [500, 4500]) {
        const path = pathOf('10.9.0.1', '10.9.0.2', port);
        here.ports.send(path, new TextEncoder().encode(`${port}`));
        await heard(`${port}`);
      }
      expect(texts()).toEqual(['500', '4500']);
    } finally {
      other.close();
      for (const { backend } of sides) {
        await backend.commit([{ kind: 'flush-policies' }]);
        await backend.close();
      }
    }
  });

  test('keepalives, ESP and what is too short are no messages', async () => {
    const sender = otherSocket(there, '10.9.0.2', 0, false);
    here.heard.length = 0;
    const marked = Uint8Array.of(0, 0, 0, 0, 7);
    for (const datagram of [
      KEEPALIVE,
      Uint8Array.of(0, 0, 2, 1, 5, 6),
      new Uint8Array(4),
      marked,
    ]) {
      await new Promise((resolve) => sender.send(datagram, 4500, '10.9.0.1', resolve));
    }
    await waitUntil('the message', () => here.heard.length > 0);
    expect(here.heard.map(({ message }) => [...message])).toEqual([[7]]);
    sender.close();
  });

  test('addresses that come later are told, and listened on', async () => {
    const changes = here.namespace.within(() => addressChanges());
    const told = changes[Symbol.asyncIterator]().next();
    here.addAddresses('wire0', '10.9.0.3');
    expect((await told).done).toBe(false);
    changes.close();
    expect(await here.listen()).toEqual([]);
    const came = await carried(there, here, pathOf('10.9.0.2', '10.9.0.3', 500), countedOctets(9));
    expect(came && formatUdpAddress(came.path.local)).toBe('10.9.0.3[500]');
  });

  test('a port that another program has is told, and others are opened', async () => {
    here.addAddresses('wire0', '10.9.0.4');
    const other = otherSocket(here, '10.9.0.4', 500, true);
    const closed = await here.listen();
    expect(closed.map(({ reason }) => reason)).toEqual([
      'Cannot listen at UDP port 500 of 10.9.0.4: another program has the port, maybe an IKE daemon (EADDRINUSE)',
    ]);
    other.close();
    expect(await here.listen()).toEqual([]);
    // And nobody gets in beside us.
    expect(() => otherSocket(here, '10.9.0.1', 4500, true)).toThrow(/EADDRINUSE/);
  });

  test('of addresses that the configuration names, those of others are told apart', () => {
    const port = (text: string): ListenAddress => ({
      address: address(text),
      port: 500,
      natTraversal: false,
    });
    const listen = { addresses: [port('10.9.0.1'), port('10.9.0.99')], strict: true };
    const { ports, absent } = here.namespace.within(() => wantedPorts(listen, hostAddresses()));
    expect(ports).toEqual([port('10.9.0.1')]);
    expect(absent).toEqual([port('10.9.0.99')]);
  });
});
