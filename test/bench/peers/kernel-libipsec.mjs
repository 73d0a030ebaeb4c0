/**
 * strongSwan's kernel-libipsec, Debian's: ESP with AES-128-GCM in UDP, tunnel mode, in user space,
 * negotiated with IKEv2 and a key that both ends know.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { accessSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missing } from '../programs.mjs';
import { withOwnRun } from './own-run.mjs';

const CHARON = '/usr/lib/ipsec/charon';
const PLUGINS = '/usr/lib/ipsec/plugins/libstrongswan-';
const LOADED =
  'random nonce openssl kdf hmac socket-default vici' + ' kernel-libipsec kernel-netlink';

/** The Debian package whose version counts. */
export const PACKAGE = 'strongswan-charon';

/** Why it cannot run, as a clause; `null` when it can. */
export function obstacle() {
  for (const file of [CHARON, ...LOADED.split(' ').map((plugin) => `${PLUGINS}${plugin}.so`)]) {
    try {
      accessSync(file);
    } catch {
      return `there is no ${file}`;
    }
  }
  return missing('swanctl', 'ip');
}

/** Starts charon on both hosts; resolves with bob's address in the tunnel. */
export async function start({ alice, bob }, folder) {
  const secret = randomBytes(32).toString('hex');
  await Promise.all([startEnd(alice, bob, folder, secret), startEnd(bob, alice, folder, secret)]);
  await swanctl(alice, folder, ['--initiate', '--child', 'bench']);
  return { address: bob.inner };
}

async function startEnd(host, other, folder, secret) {
  await host.run(['ip', 'address', 'add', `${host.inner}/32`, 'dev', 'lo']);
  const settings = place(host, folder, 'strongswan.conf');
  writeFileSync(settings, strongswanConf(uri(host, folder)));
  const daemon = host.start(withOwnRun([CHARON]), { env: { STRONGSWAN_CONF: settings } });
  const connection = place(host, folder, 'swanctl.conf');
  writeFileSync(connection, swanctlConf(host, other, secret), { mode: 0o600 });
  await daemon.until(async () => {
    const words = ['--load-all', '--file', connection];
    return await swanctl(host, folder, words).then(
      () => true,
      () => false,
    );
  }, 'charon answer');
}

function swanctl(host, folder, words) {
  const [command, ...rest] = words;
  return host.run(['swanctl', command, '--uri', uri(host, folder), ...rest]);
}

function uri(host, folder) {
  return `unix://${place(host, folder, 'vici')}`;
}

function place(host, folder, name) {
  return join(folder, `${host.name}-${name}`);
}

function strongswanConf(socket) {
  return `charon {
  load = ${LOADED}
  plugins {
    vici {
      socket = ${socket}
    }
  }
}
`;
}

function swanctlConf(host, other, secret) {
  return `connections {
  bench {
    version = 2
    local_addrs = ${host.address}
    remote_addrs = ${other.address}
    proposals = aes128gcm16-prfsha256-curve25519
    local {
      auth = psk
    }
    remote {
      auth = psk
    }
    children {
      bench {
        esp_proposals = aes128gcm16
        local_ts = ${host.inner}/32
        remote_ts = ${other.inner}/32
      }
    }
  }
}
secrets {
  ike-bench {
    secret = ${secret}
  }
}
`;
}
