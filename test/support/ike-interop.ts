/**
 * Our racoon with its userspace data plane against an IKE daemon in a guest, whose kernel has the SAs: many
 * cases at once, each with an address of the guest to itself.
 *
 *     host  racoon, setkey                        guest  the other daemon, Linux with IPsec
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
import type { GuestIke } from '../lab/guest-ike.ts';
import { makeNamespace } from '../lab/namespace.ts';
import { ALICE_ADDRESS, captureDuring, commandPath, TestHost, waitUntil } from './hosts.ts';
import { containsMarker, newMarker, ping } from './traffic.ts';

/** The pre-shared key of all who have one. */
export const SECRET = 'a secret of the lab';

/** Who the other daemon says that it is, where it has a name. */
export const PEER_NAME = 'bob.example';

/** One peer: what our end is told of it. */
export interface InteropCase {
  readonly name: string;
  /** Within `remote { … }` of racoon.conf, besides the proposal. */
  readonly remote: string;
  /** `authentication_method`, `pre_shared_key` unless said. */
  readonly method?: string;
  /** Within `sainfo { … }`. */
  readonly sainfo?: string;
  readonly mode: 'transport' | 'tunnel';
  readonly protocol?: 'ah' | 'esp';
}

/** Where a case takes place. */
export interface Place {
  /** What the other daemon calls the connection. */
  readonly label: string;
  readonly peer: string;
  /** What talk to one another: the hosts themselves, or the ends of the tunnel. */
  readonly near: string;
  readonly far: string;
}

export type InteropRow = InteropCase & Place;

/** Of racoon.conf, for certificates of {@link makeInteropCertificates}. */
export const OUR_CERTIFICATE = {
  method: 'rsasig',
  remote: `certificate_type x509 "alice.pem" "alice.key"; ca_type x509 "ca.pem";
    my_identifier asn1dn; peers_identifier asn1dn; verify_identifier on;`,
} as const;

/** Gives each case its place. */
export function placed<C extends InteropCase>(cases: readonly C[]): readonly (C & Place)[] {
  return cases.map((each, place) => {
    const peer = `10.9.0.${11 + place}`;
    const [near, far] =
      each.mode === 'tunnel'
        ? [`10.9.1.${11 + place}`, `10.9.2.${11 + place}`]
        : [ALICE_ADDRESS, peer];
    return { ...each, label: `row${place}`, peer, near, far };
  });
}

/** The hosts, while tests run on them. */
export class InteropHosts {
  readonly host: TestHost;
  readonly guest: Guest;
  /** Certificates, and the files of our racoon. */
  readonly near: string;
  /** The other daemon's files, which host and guest share. */
  readonly far: string;
  readonly #folder: TemporaryDirectory;
  #racoon: Command | null = null;

  private constructor(host: TestHost, guest: Guest, folder: TemporaryDirectory) {
    this.host = host;
    this.guest = guest;
    this.near = join(folder.path, 'near');
    this.far = join(folder.path, 'far');
    this.#folder = folder;
  }

  /** Boots the guest, with all that `rows` need but the daemons. */
  static async make(rows: readonly InteropRow[]): Promise<InteropHosts> {
    const folder = makeTemporaryDirectory();
    const [near, far] = ['near', 'far'].map((name) => join(folder.path, name));
    for (const path of [near, far]) mkdirSync(path as string);
    const certificates = makeInteropCertificates(near as string);
    const host = new TestHost(await makeNamespace('near'), ALICE_ADDRESS);
    const { namespace } = host;
    await namespace.addTap(TAP, `${ALICE_ADDRESS}/24`);
    const guestAddress = rows.map(({ peer }) => `${peer}/24`);
    const guest = await bootGuest({
      taps: [{ namespace, device: TAP, guestAddress }],
      writable: [far as string],
    });
    await certificates;
    for (const { mode, peer, near: inside, far: beyond } of rows) {
      if (mode === 'transport') continue;
      await namespace.addAddress('lo', `${inside}/32`);
      await namespace.ip('route', 'add', beyond, 'via', peer, 'src', inside);
      await guest.sh(`ip address add ${beyond}/32 dev lo
        ip route add ${inside} via ${ALICE_ADDRESS} src ${beyond}`);
    }
    return new InteropHosts(host, guest, folder);
  }

  /** Runs our racoon, and loads the policies of `rows`. */
  async startRacoon(rows: readonly InteropRow[]): Promise<void> {
    const { host, near } = this;
    const names = [...rows.map(({ peer }) => peer), PEER_NAME];
    const keys = names.map((name) => `${name} ${SECRET}\n`).join('');
    writeFileSync(join(near, 'psk.txt'), keys, { mode: 0o600 });
    writeFileSync(
      join(near, 'racoon.conf'),
      `path pre_shared_key "${near}/psk.txt";\npath certificate "${near}";
${rows.map(remoteText).join('')}${rows.map(sainfoText).join('')}\n`,
    );
    this.#racoon = host.namespace.spawn([
      ...[commandPath('racoon'), '-F', '-d', '-f', join(near, 'racoon.conf')],
      ...['--backend', 'userspace', '--control', host.control],
    ]);
    await this.#racoon.until(/used as isakmp port/);
    await host.load(rows.map(policyText).join(''));
  }

  /** What our racoon has logged. */
  get log(): string {
    return this.#racoon?.stderr ?? '';
  }

  /** The SPIs of our SAs with the peer of a row, both ways. */
  async sasWith({ peer }: Place): Promise<readonly number[]> {
    const sas = await this.host.ask((client) => collect(client.sas()));
    return sas
      .filter(({ parameters: { source, destination }, state }) => {
        return state === 'mature' && [source, destination].map(formatIpAddress).includes(peer);
      })
      .map(({ parameters }) => parameters.spi);
  }

  /** How many packets each SA of the guest has carried for a row. */
  async carried({ peer }: Place): Promise<readonly number[]> {
    const printed = await succeed(this.guest, ['ip', '-s', 'xfrm', 'state']);
    return printed
      .split(/^(?=src )/m)
      .filter((state) => state.split('\n')[0]?.split(' ').includes(peer))
      .map((state) => Number(/(\d+)\(packets\)/.exec(state)?.[1]));
  }

  /** Waits until there are both. */
  async untilSasWith(row: Place): Promise<void> {
    await waitUntil('SAs', async () => (await this.sasWith(row)).length === 2, PATIENCE_MS);
  }

  /** Waits until there are none. */
  async untilNoSasWith(row: Place): Promise<void> {
    await waitUntil('the end', async () => (await this.sasWith(row)).length === 0, PATIENCE_MS);
  }

  async dispose(): Promise<void> {
    await this.guest.stop();
    await this.host.dispose();
    this.#folder.remove();
  }
}

/** What the hooks of {@link interopLab} have made: not to be asked for before a test runs. */
export interface InteropLab<Peer extends GuestIke = GuestIke> {
  readonly hosts: InteropHosts;
  readonly peer: Peer;
}

/** Has the hosts made before the tests of a block, with the daemon that `start` starts, and disposed of after. */
export function interopLab<Peer extends GuestIke>(
  rows: readonly InteropRow[],
  start: (hosts: InteropHosts) => Promise<Peer>,
): () => InteropLab<Peer> {
  let hosts: InteropHosts | undefined;
  let peer: Peer | undefined;

  beforeAll(async () => {
    hosts = await InteropHosts.make(rows);
    peer = await start(hosts);
    await hosts.startRacoon(rows);
  });

  afterAll(() => hosts?.dispose());

  return () => {
    if (hosts === undefined || peer === undefined) throw new Error('Bug: there is no lab yet');
    return { hosts, peer };
  };
}

/** Tests each row with either end as the initiator. */
export function testBothRoles(rows: readonly InteropRow[], lab: () => InteropLab): void {
  describe.each(rows)('$name', (row) => {
    test('we begin: the first packet does, and others go protected', async () => {
      const { hosts, peer } = lab();
      const { namespace } = hosts.host;
      const marker = newMarker();
      const pcap = await captureDuring(
        hosts.host,
        async () => {
          await namespace.run(['ping', '-c', '1', '-W', '1', row.far]);
          await explained(lab, () => hosts.untilSasWith(row));
          await ping(namespace, row.far, { marker });
          await ping(hosts.guest, row.near, { from: row.far, marker });
        },
        TAP,
      );
      expect(containsMarker(pcap, marker)).toBe(row.protocol === 'ah');
      const packets = await hosts.carried(row);
      expect(packets).toHaveLength(2);
      expect(Math.min(...packets)).toBeGreaterThanOrEqual(4);
      await peer.terminate(row.label);
      await explained(lab, () => hosts.untilNoSasWith(row));
    });

    test('they begin, and negotiate other keys when it is time', async () => {
      const { hosts, peer } = lab();
      const { namespace } = hosts.host;
      await explained(lab, () => peer.initiate(row.label));
      // They know that they are done before our outbound SA is there.
      await explained(lab, () => hosts.untilSasWith(row));
      const first = await hosts.sasWith(row);
      await ping(hosts.guest, row.near, { from: row.far });
      await peer.rekey(row.label);
      await explained(lab, () =>
        waitUntil(
          'other SAs',
          async () => (await hosts.sasWith(row)).filter((spi) => !first.includes(spi)).length === 2,
          PATIENCE_MS,
        ),
      );
      await ping(namespace, row.far);
      await ping(hosts.guest, row.near, { from: row.far });
      await peer.terminate(row.label);
      await hosts.untilNoSasWith(row);
    });
  });
}

/** Does `action`; where it fails, what both daemons have logged is told. */
export async function explained<T>(lab: () => InteropLab, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const { hosts, peer } = lab();
    throw new Error(`${error}\n\nWe logged:\n${hosts.log}\nThey logged:\n${peer.log}`);
  }
}

/** An authority, and what it vouches for, alice and bob: PEM files in `folder`. */
async function makeInteropCertificates(folder: string): Promise<void> {
  const script = `
    openssl req -newkey rsa:2048 -nodes -subj /O=Lab/CN=ca -keyout ca.key -x509 -days 30 -out ca.pem
    for name in alice bob; do
      openssl req -newkey rsa:2048 -nodes -subj /O=Lab/CN=$name -keyout $name.key -out $name.csr
      openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out $name.pem
    done
    chmod 600 *.key`;
  await succeed(null, ['sh', '-ec', script], { cwd: folder });
}

const remoteText = ({ peer, remote, method = 'pre_shared_key' }: InteropRow) => `
remote ${peer} {
  ${remote}
  proposal {
    encryption_algorithm aes 128; hash_algorithm sha256; authentication_method ${method}; dh_group 14;
  }
}`;

const sainfoText = ({ near, far, sainfo = '', mode }: InteropRow) => `
sainfo address ${near}${mode === 'tunnel' ? '/32' : ''} any address ${far}${mode === 'tunnel' ? '/32' : ''} any {
  ${sainfo}
  encryption_algorithm aes 128; authentication_algorithm hmac_sha256; compression_algorithm deflate;
}`;

function policyText({ near, far, peer, mode, protocol = 'esp' }: InteropRow): string {
  const [out, into] =
    mode === 'tunnel' ? [`${ALICE_ADDRESS}-${peer}`, `${peer}-${ALICE_ADDRESS}`] : ['', ''];
  return `
spdadd ${near} ${far} any -P out ipsec ${protocol}/${mode}/${out}/require;
spdadd ${far} ${near} any -P in ipsec ${protocol}/${mode}/${into}/require;`;
}

const TAP = 'tap0';

/** A guest has one CPU, and shares it. */
const PATIENCE_MS = 60_000;
