/**
 * We negotiate with Libreswan, in both roles; then its kernel and our userspace data plane use the keys:
 * `ike-interop.ts` has the hosts.
 *
 * @module
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GuestPluto } from '../lab/libreswan-guest.ts';
import { describeUml } from '../lab/tier.ts';
import { ALICE_ADDRESS, waitUntil } from '../support/hosts.ts';
import {
  explained,
  type InteropCase,
  type InteropHosts,
  interopLab,
  OUR_CERTIFICATE,
  PEER_NAME,
  type Place,
  placed,
  SECRET,
  testBothRoles,
} from '../support/ike-interop.ts';

/** One peer: what both ends are told of it. */
interface Case extends InteropCase {
  /** Lines of the connection in ipsec.conf, besides those that all have. */
  readonly connection: readonly string[];
}

const SHARED_KEY = 'authby=secret';
const ESP = ['phase2=esp', 'phase2alg=aes128-sha2_256'];
const RSA = {
  ...OUR_CERTIFICATE,
  connection: [
    ...['authby=rsasig', 'leftcert=bob', 'leftid=%fromcert'],
    ...['rightid="O=Lab, CN=alice"', 'rightca=%same'],
  ],
};

const CASES: readonly Case[] = [
  {
    name: 'main mode with a shared key, ESP in transport mode',
    remote: 'exchange_mode main;',
    mode: 'transport',
    connection: [SHARED_KEY, ...ESP, 'pfs=no'],
  },
  {
    name: 'main mode with a shared key, a tunnel of ESP with forward secrecy',
    remote: 'exchange_mode main;',
    sainfo: 'pfs_group 14;',
    mode: 'tunnel',
    connection: [SHARED_KEY, 'phase2=esp', 'phase2alg=aes128-sha2_256;modp2048', 'pfs=yes'],
  },
  {
    name: 'main mode with certificates, ESP in transport mode',
    ...RSA,
    remote: `exchange_mode main; ${RSA.remote}`,
    mode: 'transport',
    connection: [...RSA.connection, ...ESP, 'pfs=no'],
  },
  {
    name: 'aggressive mode with a shared key and names, a tunnel of ESP',
    remote: `exchange_mode aggressive; my_identifier fqdn "alice.example";
      peers_identifier fqdn "${PEER_NAME}"; verify_identifier on;`,
    mode: 'tunnel',
    connection: [
      ...[SHARED_KEY, 'aggressive=yes', `leftid=@${PEER_NAME}`, 'rightid=@alice.example'],
      ...[...ESP, 'pfs=no'],
    ],
  },
  {
    name: 'main mode as if there were a NAT, a tunnel of ESP in UDP',
    remote: 'exchange_mode main; nat_traversal force;',
    mode: 'tunnel',
    connection: [SHARED_KEY, 'encapsulation=yes', ...ESP, 'pfs=no'],
  },
  {
    name: 'main mode with a shared key, AH in transport mode',
    remote: 'exchange_mode main;',
    mode: 'transport',
    protocol: 'ah',
    connection: [SHARED_KEY, 'phase2=ah', 'phase2alg=sha2_256', 'pfs=no'],
  },
];

/** Both ask whether the other lives. */
const MONITORED: Case = {
  name: 'main mode with dead peer detection',
  remote: 'exchange_mode main; dpd_delay 1; dpd_retry 2; dpd_maxfail 3;',
  mode: 'transport',
  connection: [SHARED_KEY, ...ESP, 'pfs=no', 'dpddelay=1', 'dpdtimeout=60', 'dpdaction=clear'],
};

const ROWS = placed([...CASES, MONITORED]);

function connectionText({ label, peer, near, far, mode, connection }: Case & Place): string {
  const lines = [
    ...[`left=${peer}`, `right=${ALICE_ADDRESS}`, 'ikev2=no', `type=${mode}`],
    ...(mode === 'tunnel' ? [`leftsubnet=${far}/32`, `rightsubnet=${near}/32`] : []),
    ...['ike=aes128-sha2_256;modp2048', 'leftupdown=%disabled', 'auto=add', ...connection],
  ];
  return `conn ${label}\n${lines.map((line) => `    ${line}\n`).join('')}`;
}

function startPluto({ guest, near, far }: InteropHosts): Promise<GuestPluto> {
  const [ca, bob, key] = ['ca.pem', 'bob.pem', 'bob.key'].map((name) => join(near, name));
  return GuestPluto.start(guest, far, {
    connections: ROWS.map(connectionText).join('\n'),
    secrets: `: PSK "${SECRET}"\n`,
    certificates: { ca, bob, key } as Record<'ca' | 'bob' | 'key', string>,
  });
}

describeUml('Libreswan and we', () => {
  const lab = interopLab(ROWS, startPluto);
  testBothRoles(ROWS.slice(0, -1), lab);

  test('each hears from the other that it lives, and we notice when it is dead', async () => {
    const { hosts, peer } = lab();
    const [row] = ROWS.slice(-1);
    if (row === undefined) throw new Error('Bug: there is no such row');
    await peer.logAll();
    await explained(lab, async () => {
      await peer.initiate(row.label);
      for (const sight of [/received R_U_THERE seq/, /R_U_THERE_ACK, seqno received/]) {
        await waitUntil(`${sight}`, () => sight.test(peer.log), 60_000);
      }
    });
    expect(await hosts.sasWith(row)).toHaveLength(2);
    peer.kill();
    await explained(lab, () => hosts.untilNoSasWith(row));
    expect(hosts.log).toMatch(/DPD: remote \(ISAKMP-SA spi=\w+:\w+\) seems to be dead\./);
  });
});
