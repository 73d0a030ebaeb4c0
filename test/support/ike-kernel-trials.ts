/**
 * What is tried with strongSwan by a racoon that drives the kernel: the files of both, for `ike-guest-hosts.ts`.
 *
 * @module
 */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateLab } from './certificates.ts';
import { ALICE_ADDRESS, commandPath } from './hosts.ts';
import {
  BEFORE_NAT,
  BEYOND_NAT,
  type GuestHosts,
  type GuestHostsFiles,
  INSIDE_ALICE,
  INSIDE_BOB,
  racoonPaths,
} from './ike-guest-hosts.ts';

const SECRET = 'a secret of the lab';

/** What is tried with one address of strongSwan's. */
interface Trial {
  readonly peer: string;
  /** Within `remote { … }`, besides the proposal. */
  readonly remote: string;
  readonly method?: string;
  /** Of phase 1. */
  readonly seconds?: number;
  /** A `sainfo` of its own. */
  readonly sainfo?: string;
  /** Statements of setkey; protection of all between the two addresses by ESP unless said. */
  readonly policies?: string;
  /** Within the connection of swanctl.conf, and within its child. */
  readonly connection: string;
  readonly child?: string;
}

const PSK = 'local {\n auth = psk\n }\n remote {\n auth = psk\n }';
const THEIR_CERTIFICATE = 'local {\n auth = pubkey\n certs = bob.crt\n }';
const OUR_CERTIFICATE = 'certificate_type x509 "alice.pem" "alice.key"; my_identifier asn1dn;';
const THEIR_NAME = `ca_type x509 "root.crt"; peers_identifier asn1dn "O=Lab, CN=bob";
  verify_identifier on;`;
const WITH_XAUTH = 'remote-2 {\n auth = xauth\n }';

/** By the names of strongSwan's connections. */
export const TRIALS = {
  plain: { peer: '10.9.0.11', remote: 'exchange_mode main;', connection: PSK },
  replaced: {
    peer: '10.9.0.12',
    remote: 'exchange_mode main;',
    seconds: 30,
    sainfo: 'lifetime time 20 sec;',
    connection: PSK,
  },
  chained: {
    peer: '10.9.0.13',
    method: 'rsasig',
    remote: `exchange_mode main; ike_frag on; ${OUR_CERTIFICATE} ${THEIR_NAME}`,
    connection: `fragmentation = yes
      ${THEIR_CERTIFICATE}\n remote {\n auth = pubkey\n id = "O=Lab, CN=alice"\n }`,
  },
  hybridClient: {
    peer: '10.9.0.14',
    method: 'hybrid_rsa_client',
    remote: `exchange_mode main; ${THEIR_NAME} xauth_login "dave";`,
    connection: `${THEIR_CERTIFICATE}\n remote {\n auth = xauth\n }`,
  },
  hybridServer: {
    peer: '10.9.0.15',
    method: 'hybrid_rsa_server',
    remote: `exchange_mode main; passive on; ${OUR_CERTIFICATE}`,
    connection: `local {\n auth = xauth\n xauth_id = carol\n }
      remote {\n auth = pubkey\n id = "O=Lab, CN=alice"\n }`,
  },
  gateway: {
    peer: '10.9.0.16',
    method: 'xauth_psk_server',
    remote: 'exchange_mode main; passive on; generate_policy unique; mode_cfg on;',
    policies: '',
    connection: `vips = 0.0.0.0\n ${PSK}\n local-2 {\n auth = xauth\n xauth_id = carol\n }`,
    child: `mode = tunnel\n remote_ts = ${INSIDE_ALICE}/32`,
  },
  encapsulated: {
    peer: '10.9.0.17',
    remote: 'exchange_mode main; nat_traversal force;',
    connection: `encap = yes\n ${PSK}`,
  },
  monitored: {
    peer: '10.9.0.18',
    remote: 'exchange_mode main; dpd_delay 1; dpd_retry 2; dpd_maxfail 3;',
    connection: `dpd_delay = 1s\n ${PSK}`,
  },
  client: {
    peer: BEYOND_NAT,
    method: 'xauth_psk_client',
    remote: `exchange_mode main; nat_traversal on; mode_cfg on; xauth_login "dave";
      script "up.sh" phase1_up;`,
    policies: '',
    connection: `pools = lab\n ${PSK}\n ${WITH_XAUTH}`,
    child: `mode = tunnel\n local_ts = ${INSIDE_BOB}/32`,
  },
} as const satisfies Readonly<Record<string, Trial>>;

/** Addresses of strongSwan's on the wire. */
export const WIRE_PEERS: readonly string[] = Object.values(TRIALS)
  .map(({ peer }) => peer)
  .filter((peer) => peer !== BEYOND_NAT);

const NAMED: readonly (readonly [string, Trial])[] = Object.entries(TRIALS);

const racoonText = (near: string): string => `${racoonPaths(near)}
mode_cfg { network4 10.9.4.1; netmask4 255.255.255.0; pool_size 4; auth_source system; }
${NAMED.map(([, trial]) => remoteText(trial)).join('')}
sainfo anonymous { ${ALGORITHMS} }`;

const ALGORITHMS =
  'encryption_algorithm aes 128; authentication_algorithm hmac_sha256; compression_algorithm deflate;';

function remoteText({ peer, remote, method = 'pre_shared_key', seconds, sainfo }: Trial): string {
  const lifetime = seconds === undefined ? '' : `lifetime time ${seconds} sec;`;
  const own =
    sainfo && `sainfo address ${ALICE_ADDRESS} any address ${peer} any { ${sainfo} ${ALGORITHMS} }`;
  return `
remote ${peer} {
  ${remote}
  proposal {
    ${lifetime}
    encryption_algorithm aes 128; hash_algorithm sha256; authentication_method ${method}; dh_group 14;
  }
}
${own ?? ''}`;
}

function policyText({ peer, policies }: Trial): string {
  return (
    policies ??
    `spdadd ${ALICE_ADDRESS} ${peer} any -P out ipsec esp/transport//require;
spdadd ${peer} ${ALICE_ADDRESS} any -P in ipsec esp/transport//require;\n`
  );
}

function connectionText([name, { peer, connection, child = 'mode = transport' }]: readonly [
  string,
  Trial,
]): string {
  const remote = peer === BEYOND_NAT ? '%any' : ALICE_ADDRESS;
  return `
${name} {
  version = 1
  local_addrs = ${peer}
  remote_addrs = ${remote}
  proposals = aes128-sha256-modp2048
  ${connection}
  children {
    ${name} {
      esp_proposals = aes128-sha256
      ${child}
    }
  }
}`;
}

const SWANCTL = `connections {${NAMED.map(connectionText).join('')}\n}
pools {\n lab {\n addrs = 10.9.3.0/24\n dns = 10.9.2.53\n }\n}
secrets {
  ike-all {\n secret = ${SECRET}\n }
  xauth-carol {\n id = carol\n secret = sesame\n }
  xauth-dave {\n id = dave\n secret = open\n }
}`;

/** What the client does with the address it is given: policies for all that comes from it. */
const UP = `#!/bin/sh -e
PATH=/usr/sbin:/usr/bin:/sbin:/bin
ip address add $INTERNAL_ADDR4/32 dev lo
ip route add ${INSIDE_BOB} via 10.8.0.1 src $INTERNAL_ADDR4
${commandPath('setkey')} --backend kernel -c <<END
spdadd $INTERNAL_ADDR4/32 ${INSIDE_BOB}/32 any -P out ipsec esp/tunnel/${BEFORE_NAT}-${BEYOND_NAT}/require;
spdadd ${INSIDE_BOB}/32 $INTERNAL_ADDR4/32 any -P in ipsec esp/tunnel/${BEYOND_NAT}-${BEFORE_NAT}/require;
END
`;

/** All that both daemons begin with, but certificates. Users of the guest and routes are the test's. */
export function trialFiles({ near }: GuestHosts): GuestHostsFiles {
  writeFileSync(join(near, 'up.sh'), UP, { mode: 0o700 });
  return {
    racoon: racoonText(near),
    psk: [...NAMED.map(([, { peer }]) => `${peer} ${SECRET}`), 'dave open', ''].join('\n'),
    policies: NAMED.map(([, trial]) => policyText(trial)).join(''),
    swanctl: SWANCTL,
  };
}

/**
 * Long certificates of an authority that is not the root, one for each host: `alice.pem` has both of
 * hers, and bob's authority is known to him alone.
 */
export function makeCertificates({ near, far }: GuestHosts): void {
  const lab = new CertificateLab();
  try {
    const names = Array.from({ length: 60 }, (_, k) => `DNS:name${k}.of.many.example`).join(',');
    const authority = { isAuthority: true };
    for (const name of ['root', 'west', 'east', 'alice', 'bob']) lab.key(name, 2048);
    const make = (name: string, issuer: string | null, more: object) =>
      lab.certificate(name, issuer, {
        subject: `/O=Lab/CN=${name}`,
        key: lab.path(`${name}.key`),
        ...more,
      });
    make('root', null, authority);
    make('west', 'root', authority);
    make('east', 'root', authority);
    make('alice', 'west', { alternativeNames: names });
    make('bob', 'east', { alternativeNames: names });
    writeFileSync(
      join(near, 'alice.pem'),
      Buffer.concat([lab.read('alice.crt'), lab.read('west.crt')]),
    );
    for (const name of ['alice.key', 'root.crt']) copyFileSync(lab.path(name), join(near, name));
    for (const [name, folder] of [
      ['bob.crt', 'x509'],
      ['root.crt', 'x509ca'],
      ['east.crt', 'x509ca'],
      ['bob.key', 'private'],
    ] as const) {
      mkdirSync(join(far, folder), { recursive: true });
      copyFileSync(lab.path(name), join(far, folder, name));
    }
  } finally {
    rmSync(lab.folder, { recursive: true });
  }
}
