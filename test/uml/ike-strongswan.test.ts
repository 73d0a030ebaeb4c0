/**
 * We negotiate with strongSwan, in both roles; then its kernel and our userspace data plane use the keys.
 *
 *     host  racoon, setkey                        guest  charon, Linux with IPsec
 *           tap0 10.9.0.1 ──────────────────────── vec0 10.9.0.11, .12, ...: one address for each case
 *           lo   10.9.1.11, ...                     lo   10.9.2.11, ...: the ends of tunnels
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect } from '../../src/ipsec/backend.ts';
import { formatIpAddress } from '../../src/net/ip-address.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import { type Command, succeed } from '../lab/command.ts';
import { bootGuest, type Guest } from '../lab/guest.ts';
import { makeNamespace } from '../lab/namespace.ts';
import { GuestCharon } from '../lab/strongswan-guest.ts';
import { describeUml } from '../lab/tier.ts';
import {
  ALICE_ADDRESS,
  captureDuring,
  commandPath,
  TestHost,
  waitUntil,
} from '../support/hosts.ts';
import { containsMarker, newMarker, ping } from '../support/traffic.ts';

const TAP = 'tap0';
const SECRET = 'a secret of the lab';

/** One peer: what both ends are told of it. */
interface Case {
  readonly name: string;
  /** Within `remote { … }` of racoon.conf, besides the proposal. */
  readonly remote: string;
  /** `authentication_method`, `pre_shared_key` unless said. */
  readonly method?: string;
  /** Within `sainfo { … }`. */
  readonly sainfo?: string;
  readonly mode: 'transport' | 'tunnel';
  readonly protocol?: 'ah' | 'esp';
  /** Lines of the connection in swanctl.conf. */
  readonly connection?: string;
  /** Lines of its `local` and `remote`. */
  readonly local?: string;
  readonly theirs?: string;
  /** `esp_proposals` or `ah_proposals`. */
  readonly proposals: string;
}

const RSA = {
  method: 'rsasig',
  remote: `certificate_type x509 "alice.pem" "alice.key"; ca_type x509 "ca.pem";
    my_identifier asn1dn; peers_identifier asn1dn; verify_identifier on;`,
  local: 'auth = pubkey\ncerts = bob.pem',
  theirs: 'auth = pubkey\nid = "O=Lab, CN=alice"',
};

const CASES: readonly Case[] = [
  {
    name: 'main mode with a shared key, ESP in transport mode',
    remote: 'exchange_mode main;',
    mode: 'transport',
    proposals: 'aes128-sha256',
  },
  {
    name: 'main mode with a shared key, a tunnel of ESP with forward secrecy',
    remote: 'exchange_mode main;',
    sainfo: 'pfs_group 14;',
    mode: 'tunnel',
    proposals: 'aes128-sha256-modp2048',
  },
  {
    name: 'main mode with certificates, ESP in transport mode',
    ...RSA,
    remote: `exchange_mode main; ${RSA.remote}`,
    mode: 'transport',
    proposals: 'aes128-sha256',
  },
  {
    name: 'aggressive mode with certificates, a tunnel of ESP',
    ...RSA,
    remote: `exchange_mode aggressive; ${RSA.remote}`,
    connection: 'aggressive = yes',
    mode: 'tunnel',
    proposals: 'aes128-sha256',
  },
  {
    name: 'aggressive mode with a shared key and names, ESP in transport mode',
    remote: `exchange_mode aggressive; my_identifier fqdn "alice.example";
      peers_identifier fqdn "bob.example"; verify_identifier on;`,
    mode: 'transport',
    connection: 'aggressive = yes',
    local: 'auth = psk\nid = bob.example',
    theirs: 'auth = psk\nid = alice.example',
    proposals: 'aes128-sha256',
  },
  {
    name: 'main mode as if there were a NAT, a tunnel of ESP in UDP',
    remote: 'exchange_mode main; nat_traversal force;',
    mode: 'tunnel',
    connection: 'encap = yes',
    proposals: 'aes128-sha256',
  },
  {
    name: 'aggressive mode as if there were a NAT, ESP in UDP in transport mode',
    remote: 'exchange_mode aggressive; nat_traversal force;',
    mode: 'transport',
    connection: 'aggressive = yes\nencap = yes',
    proposals: 'aes128-sha256',
  },
  {
    name: 'main mode with a shared key, AH in transport mode',
    remote: 'exchange_mode main;',
    mode: 'transport',
    protocol: 'ah',
    proposals: 'sha256',
  },
];

/** A case with the addresses that are its own. */
interface Row extends Case {
  readonly label: string;
  readonly peer: string;
  /** What talk to one another: the hosts themselves, or the ends of the tunnel. */
  readonly near: string;
  readonly far: string;
}

const ROWS: readonly Row[] = CASES.map((each, place) => {
  const peer = `10.9.0.${11 + place}`;
  const [near, far] =
    each.mode === 'tunnel'
      ? [`10.9.1.${11 + place}`, `10.9.2.${11 + place}`]
      : [ALICE_ADDRESS, peer];
  return { ...each, label: `row${place}`, peer, near, far };
});

const remoteText = ({ peer, remote, method = 'pre_shared_key' }: Row) => `
remote ${peer} {
  ${remote}
  proposal {
    encryption_algorithm aes 128; hash_algorithm sha256; authentication_method ${method}; dh_group 14;
  }
}`;

const sainfoText = ({ near, far, sainfo = '', mode }: Row) => `
sainfo address ${near}${mode === 'tunnel' ? '/32' : ''} any address ${far}${mode === 'tunnel' ? '/32' : ''} any {
  ${sainfo}
  encryption_algorithm aes 128; authentication_algorithm hmac_sha256; compression_algorithm deflate;
}`;

function policyText({ near, far, peer, mode, protocol = 'esp' }: Row): string {
  const [out, into] =
    mode === 'tunnel' ? [`${ALICE_ADDRESS}-${peer}`, `${peer}-${ALICE_ADDRESS}`] : ['', ''];
  return `
spdadd ${near} ${far} any -P out ipsec ${protocol}/${mode}/${out}/require;
spdadd ${far} ${near} any -P in ipsec ${protocol}/${mode}/${into}/require;`;
}

function connectionText(row: Row): string {
  const { label, peer, near, far, mode, connection = '', protocol = 'esp', proposals } = row;
  const { local = 'auth = psk', theirs = 'auth = psk' } = row;
  const traffic = mode === 'tunnel' ? `local_ts = ${far}/32\nremote_ts = ${near}/32` : '';
  return `
${label} {
  version = 1
  local_addrs = ${peer}
  remote_addrs = ${ALICE_ADDRESS}
  proposals = aes128-sha256-modp2048
  ${connection}
  local {
    ${local}
  }
  remote {
    ${theirs}
  }
  children {
    ${label} {
      mode = ${mode}
      ${protocol}_proposals = ${proposals}
      ${traffic}
    }
  }
}`;
}

/** An authority, and what it vouches for: alice in `near`, bob in `far`. */
async function makeCertificates(near: string, far: string): Promise<void> {
  for (const name of ['x509', 'x509ca', 'private']) mkdirSync(join(far, name), { recursive: true });
  mkdirSync(near);
  const request = (name: string) =>
    `openssl req -newkey rsa:2048 -nodes -subj /O=Lab/CN=${name} -keyout ${name}.key`;
  const script = `
    ${request('ca')} -x509 -days 30 -out ca.pem
    for name in alice bob; do
      openssl req -newkey rsa:2048 -nodes -subj /O=Lab/CN=$name -keyout $name.key -out $name.csr
      openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out $name.pem
    done
    chmod 600 *.key
    cp ca.pem ${far}/x509ca/; cp bob.pem ${far}/x509/; cp bob.key ${far}/private/`;
  await succeed(null, ['sh', '-ec', script], { cwd: near });
}

describeUml('strongSwan and we', () => {
  let host: TestHost;
  let guest: Guest;
  let folder: TemporaryDirectory;
  let charon: GuestCharon;
  let racoon: Command;

  beforeAll(async () => {
    folder = makeTemporaryDirectory();
    const [near, far] = [join(folder.path, 'near'), join(folder.path, 'far')];
    const certificates = makeCertificates(near, far);
    host = new TestHost(await makeNamespace('near'), ALICE_ADDRESS);
    await host.namespace.addTap(TAP, `${ALICE_ADDRESS}/24`);
    mkdirSync(far, { recursive: true });
    guest = await bootGuest({
      taps: [
        {
          namespace: host.namespace,
          device: TAP,
          guestAddress: ROWS.map(({ peer }) => `${peer}/24`),
        },
      ],
      writable: [far],
    });
    await certificates;
    for (const { peer, near: inside, far: beyond } of ROWS.filter(
      ({ mode }) => mode === 'tunnel',
    )) {
      await host.namespace.addAddress('lo', `${inside}/32`);
      await host.namespace.ip('route', 'add', beyond, 'via', peer, 'src', inside);
      await succeed(guest, ['ip', 'address', 'add', `${beyond}/32`, 'dev', 'lo']);
    }
    charon = await GuestCharon.start(
      guest,
      far,
      `connections {${ROWS.map(connectionText).join('')}\n}
secrets {\n  ike-all {\n    secret = ${SECRET}\n  }\n}\n`,
    );
    const names = [...ROWS.map(({ peer }) => peer), 'bob.example'];
    writeFileSync(join(near, 'psk.txt'), names.map((name) => `${name} ${SECRET}\n`).join(''), {
      mode: 0o600,
    });
    writeFileSync(
      join(near, 'racoon.conf'),
      `path pre_shared_key "${near}/psk.txt";\npath certificate "${near}";
${ROWS.map(remoteText).join('')}${ROWS.map(sainfoText).join('')}\n`,
    );
    racoon = host.namespace.spawn([
      ...[commandPath('racoon'), '-F', '-d', '-f', join(near, 'racoon.conf')],
      ...['--backend', 'userspace', '--control', host.control],
    ]);
    await racoon.until(/used as isakmp port/);
    await host.load(ROWS.map(policyText).join(''));
  });

  afterAll(async () => {
    await guest?.stop();
    await host?.dispose();
    folder?.remove();
  });

  const sasWith = async ({ peer }: Row): Promise<readonly number[]> =>
    (await host.ask((client) => collect(client.sas())))
      .filter(({ parameters: { source, destination }, state }) => {
        return state === 'mature' && [source, destination].map(formatIpAddress).includes(peer);
      })
      .map(({ parameters }) => parameters.spi);

  /** How many packets each SA of the guest with that peer has carried. */
  async function carried({ peer }: Row): Promise<readonly number[]> {
    const states = (await succeed(guest, ['ip', '-s', 'xfrm', 'state'])).split(/^(?=src )/m);
    return states
      .filter((state) => state.split('\n')[0]?.split(' ').includes(peer))
      .map((state) => Number(/(\d+)\(packets\)/.exec(state)?.[1]));
  }

  describe.each(ROWS)('$name', (row) => {
    test('we begin: the first packet does, and others go protected', async () => {
      const marker = newMarker();
      const pcap = await captureDuring(
        host,
        async () => {
          await host.namespace.run(['ping', '-c', '1', '-W', '1', row.far]);
          await waitUntil('SAs', async () => (await sasWith(row)).length === 2, 60_000).catch(
            (error) => {
              throw new Error(`${error}\n${racoon.stderr}\n${charon.log}`);
            },
          );
          await ping(host.namespace, row.far, { marker, series: 4 });
          await ping(guest, row.near, { from: row.far, marker, series: 4 });
        },
        TAP,
      );
      expect(containsMarker(pcap, marker)).toBe(row.protocol === 'ah');
      const packets = await carried(row);
      expect(packets).toHaveLength(2);
      expect(Math.min(...packets)).toBeGreaterThanOrEqual(4);
      await charon.swanctl('--terminate', '--ike', row.label);
      await waitUntil('the end', async () => (await sasWith(row)).length === 0, 60_000);
    });

    test('they begin, and negotiate other keys when it is time', async () => {
      await charon.swanctl('--initiate', '--child', row.label);
      const first = await sasWith(row);
      expect(first).toHaveLength(2);
      await ping(guest, row.near, { from: row.far, series: 4 });
      await charon.swanctl('--rekey', '--child', row.label);
      await waitUntil(
        'other SAs',
        async () => (await sasWith(row)).filter((spi) => !first.includes(spi)).length === 2,
        60_000,
      );
      await ping(host.namespace, row.far, { series: 4 });
      await ping(guest, row.near, { from: row.far, series: 4 });
      await charon.swanctl('--terminate', '--ike', row.label);
      await waitUntil('the end', async () => (await sasWith(row)).length === 0, 60_000);
    });
  });
});
