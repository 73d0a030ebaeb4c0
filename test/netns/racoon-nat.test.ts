/**
 * Racoon behind a NAT: two clients that have one address for their gateway, which knows neither before.
 *
 *     alice 10.1.1.2 ──┐
 *                      ├── nat 10.9.0.9 ──── 10.9.0.2 bob
 *     carol 10.1.2.2 ──┘               ▲
 *                                      └ tcpdump
 *
 * @module
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tcpdumpLines } from '../lab/capture.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import { succeed } from '../lab/command.ts';
import { joinByVeth, makeNamespace, type Namespace } from '../lab/namespace.ts';
import { describeNetns } from '../lab/tier.ts';
import { BOB_ADDRESS, captureDuring, PYTHON, WIRE, waitUntil } from '../support/hosts.ts';
import { type RacoonFiles, RacoonHost } from '../support/racoon-host.ts';
import { containsMarker, exchange, newMarker, ping } from '../support/traffic.ts';

const NAT_ADDRESS = '10.9.0.9';
const CLIENTS = [
  { name: 'alice', address: '10.1.1.2', router: '10.1.1.1', inner: '192.0.2.1' },
  { name: 'carol', address: '10.1.2.2', router: '10.1.2.1', inner: '192.0.2.2' },
] as const;
const BOB_INNER = '192.0.2.100';

const PHASE1 = `proposal {
  encryption_algorithm aes; hash_algorithm sha256;
  authentication_method pre_shared_key; dh_group 19;
}`;
const PHASE2 = `sainfo anonymous {
  pfs_group 19;
  encryption_algorithm aes; authentication_algorithm hmac_sha256; compression_algorithm deflate;
}`;

const gatewayFiles = (directory: string): RacoonFiles => ({
  racoon: `path pre_shared_key "${directory}/psk.txt";
    remote anonymous {
      exchange_mode main; passive on; nat_traversal on; generate_policy unique; ${PHASE1}
    }
    ${PHASE2}`,
  psk: `${NAT_ADDRESS} correct-horse-battery\n`,
  setkey: '',
});

const clientFiles = (
  { address, inner }: (typeof CLIENTS)[number],
  directory: string,
): RacoonFiles => ({
  racoon: `path pre_shared_key "${directory}/psk.txt";
    timer { natt_keepalive 1 sec; interval 2 sec; }
    remote ${BOB_ADDRESS} { exchange_mode main; nat_traversal on; dpd_delay 2; ${PHASE1} }
    ${PHASE2}`,
  psk: `${BOB_ADDRESS} correct-horse-battery\n`,
  setkey: `
    spdadd ${inner} ${BOB_INNER} any -P out ipsec esp/tunnel/${address}-${BOB_ADDRESS}/require;
    spdadd ${BOB_INNER} ${inner} any -P in ipsec esp/tunnel/${BOB_ADDRESS}-${address}/require;
    spdadd ${address} ${BOB_ADDRESS} any -P out ipsec esp/transport//require;
    spdadd ${BOB_ADDRESS} ${address} any -P in ipsec esp/transport//require;`,
});

/** Has the kernel forget whose packets it has translated. */
const FORGET = `
import socket, struct
netfilter = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
# IPCTNL_MSG_CT_DELETE for all of IPv4, to be acknowledged
netfilter.send(struct.pack('=IHHIIBBH', 20, (1 << 8) | 2, 5, 1, 0, socket.AF_INET, 0, 0))
error, = struct.unpack_from('=i', netfilter.recv(4096), 16)
assert error == 0, error`;

describeNetns('racoon behind a NAT', () => {
  let directory: TemporaryDirectory;
  let nat: Namespace;
  let bob: RacoonHost;
  const clients: RacoonHost[] = [];
  const client = (place: 0 | 1): RacoonHost => {
    const found = clients[place];
    if (found === undefined) throw new Error('Cannot use a client: it was not made');
    return found;
  };

  beforeAll(async () => {
    directory = makeTemporaryDirectory();
    nat = await makeNamespace('nat');
    bob = new RacoonHost(await makeNamespace('bob'), join(directory.path, 'bob'));
    await joinByVeth(nat, bob.namespace, {
      ...{ a: `${NAT_ADDRESS}/24`, b: `${BOB_ADDRESS}/24` },
      ...{ deviceA: 'wan0', deviceB: WIRE },
    });
    await bob.namespace.addAddress('lo', `${BOB_INNER}/32`);
    const viaNat = ['via', NAT_ADDRESS, 'src', BOB_INNER];
    await bob.namespace.ip('route', 'add', '192.0.2.0/28', ...viaNat);
    for (const [place, { name, address, router, inner }] of CLIENTS.entries()) {
      const host = new RacoonHost(await makeNamespace(name), join(directory.path, name));
      clients.push(host);
      const wire = { a: `${address}/24`, b: `${router}/24`, deviceB: `lan${place}` };
      await joinByVeth(host.namespace, nat, wire);
      await host.namespace.addAddress('lo', `${inner}/32`);
      await host.namespace.ip('route', 'add', 'default', 'via', router);
      await host.namespace.ip('route', 'add', BOB_INNER, 'via', router, 'src', inner);
    }
    await succeed(nat, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    await succeed(nat, ['nft', '-f', '-'], {
      input: `
table ip nat {
  chain leaving {
    type nat hook postrouting priority srcnat;
    oifname wan0 masquerade random
  }
}`,
    });
    await Promise.all([
      bob.start(gatewayFiles(bob.directory)),
      ...CLIENTS.map((each, place) => {
        const host = client(place === 0 ? 0 : 1);
        return host.start(clientFiles(each, host.directory));
      }),
    ]);
  });

  afterAll(async () => {
    for (const host of [bob, ...clients]) await host?.namespace.dispose();
    await nat?.dispose();
    directory?.remove();
  });

  /** Waits until `host` gets answers from `address`, which it may have to negotiate for first. */
  const reaches = (host: RacoonHost, address: string) =>
    waitUntil(
      `an answer of ${address}`,
      async () =>
        (await host.namespace.run(['ping', '-n', '-c', '1', '-W', '1', address])).status === 0,
      60_000,
    );

  const bulk = { tcpLength: 300_000, udpLengths: [1, 1300, 8000] };

  test('in transport mode TCP and UDP arrive, with checksums of the addresses at their ends', async () => {
    const alice = client(0);
    const marker = newMarker();
    const pcap = await captureDuring(bob, async () => {
      await reaches(alice, BOB_ADDRESS);
      await exchange({
        ...{ asking: alice.namespace, answering: bob.namespace, address: BOB_ADDRESS },
        ...{ port: 5000, marker, ...bulk },
      });
    });
    expect(containsMarker(pcap, marker)).toBe(false);
    const lines = await tcpdumpLines(pcap, ['-t', 'udp', 'and', 'port', '4500']);
    expect(
      lines.some((line) => /10\.9\.0\.9\.\d+ > 10\.9\.0\.2\.4500: UDP-encap: ESP/.test(line)),
    ).toBe(true);
    expect(alice.racoon?.stderr).toMatch(/INFO: NAT detected: ME $/m);
    expect(bob.racoon?.stderr).toMatch(/INFO: NAT detected: PEER$/m);
    expect(bob.racoon?.stderr).toMatch(
      /NAT-T: ports changed to: 10\.9\.0\.9\[\d+\]<->10\.9\.0\.2\[4500\]/,
    );
  });

  test('two clients have tunnels of their own, and neither disturbs the other', async () => {
    await Promise.all(clients.map((host) => reaches(host, BOB_INNER)));
    await Promise.all(
      clients.map((host, place) =>
        exchange({
          ...{ asking: host.namespace, answering: bob.namespace, address: BOB_INNER },
          ...{ port: 5100 + place, marker: newMarker(), ...bulk },
        }),
      ),
    );
    for (const { inner } of CLIENTS) await ping(bob.namespace, inner, { from: BOB_INNER });
  });

  test('one that starts afresh has its own SAs forgotten, and not those of its neighbour', async () => {
    const [alice, carol] = [client(0), client(1)];
    const before = await alice.spis();
    expect(before.length).toBeGreaterThan(0);
    const lost = await carol.spis();
    await carol.racoon?.stop('SIGKILL');
    await carol.start(clientFiles(CLIENTS[1], carol.directory));
    await reaches(carol, BOB_INNER);
    await waitUntil('the end of what carol had', async () => {
      const known = await bob.spis();
      return lost.every((spi) => !known.includes(spi));
    });
    expect(await alice.spis()).toEqual(before);
    await ping(alice.namespace, BOB_INNER, { from: CLIENTS[0].inner });
  });

  test('keepalives of both go out, and the NAT has a way back to each', async () => {
    const counting = bob.namespace.spawn(['tcpdump', '-lnti', WIRE, 'udp[4:2] = 9']);
    await counting.until(/listening on/);
    const senders = () =>
      new Set([...counting.stdout.matchAll(/10\.9\.0\.9\.(\d+) > /g)].map(([, port]) => port));
    await waitUntil('keepalives of both', () => senders().size >= 2);
    await counting.stop('SIGINT');
    for (const { inner } of CLIENTS) await ping(bob.namespace, inner, { from: BOB_INNER });
  });

  test('when the NAT forgets them and gives them other ports, both are reached again', async () => {
    await succeed(nat, [PYTHON, '-c', FORGET]);
    await Promise.all(clients.map((host) => reaches(host, BOB_INNER)));
    await Promise.all(CLIENTS.map(({ inner }) => ping(bob.namespace, inner, { from: BOB_INNER })));
  });
});
