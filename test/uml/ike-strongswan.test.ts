/**
 * We negotiate with strongSwan, in both roles; then its kernel and our userspace data plane use the keys:
 * `ike-interop.ts` has the hosts.
 *
 * @module
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { GuestCharon } from '../lab/strongswan-guest.ts';
import { describeUml } from '../lab/tier.ts';
import { ALICE_ADDRESS } from '../support/hosts.ts';
import {
  type InteropCase,
  type InteropHosts,
  interopLab,
  OUR_CERTIFICATE,
  type Place,
  placed,
  SECRET,
  testBothRoles,
} from '../support/ike-interop.ts';

/** One peer: what both ends are told of it. */
interface Case extends InteropCase {
  /** Lines of the connection in swanctl.conf. */
  readonly connection?: string;
  /** Lines of its `local` and `remote`. */
  readonly local?: string;
  readonly theirs?: string;
  /** `esp_proposals` or `ah_proposals`. */
  readonly proposals: string;
}

const RSA = {
  ...OUR_CERTIFICATE,
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

const ROWS = placed(CASES);

function connectionText(row: Case & Place): string {
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

/** Starts charon with what it authenticates itself by. */
async function startCharon({ guest, near, far }: InteropHosts): Promise<GuestCharon> {
  for (const [file, folder] of [
    ['ca.pem', 'x509ca'],
    ['bob.pem', 'x509'],
    ['bob.key', 'private'],
  ] as const) {
    mkdirSync(join(far, folder));
    copyFileSync(join(near, file), join(far, folder, file));
  }
  return await GuestCharon.start(
    guest,
    far,
    `connections {${ROWS.map(connectionText).join('')}\n}
secrets {\n  ike-all {\n    secret = ${SECRET}\n  }\n}\n`,
  );
}

describeUml('strongSwan and we', () => {
  testBothRoles(ROWS, interopLab(ROWS, startCharon));
});
