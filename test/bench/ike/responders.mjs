/**
 * The responders that are compared, each on bob, pinned to one processor: our service of IKE, and
 * strongSwan's charon with kernel-libipsec. Both put SAs and policies into tables of their own memory.
 *
 * @module
 */
import { accessSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withOwnRun } from '../peers/own-run.mjs';
import { missing } from '../programs.mjs';
import { GROUPS, INNER, PEERS_INNER, racoonConf, SECRET } from './settings.mjs';

const CHARON = '/usr/lib/ipsec/charon';
const PLUGINS = '/usr/lib/ipsec/plugins/libstrongswan-';
const LOADED = 'random nonce openssl kdf hmac socket-default vici kernel-libipsec kernel-netlink';
const RESPONDER = fileURLToPath(new URL('responder.mjs', import.meta.url));

/** By name: its Debian package, if it is of one; why it cannot run, as a clause or `null`; how it starts; octets of its heap, or `null`. */
export const RESPONDERS = {
  ipseal: { obstacle: () => null, start: startOurs, heap: ourHeap },
  charon: {
    PACKAGE: 'strongswan-charon',
    ...{ obstacle: charonObstacle, start: startCharon, heap: async () => null },
  },
};

/** Resolves with its process once it listens, on processor `core`. */
async function startOurs({ bob }, folder, group, core) {
  const conf = join(folder, 'racoon.conf');
  const psk = join(folder, 'psk.txt');
  writeFileSync(conf, racoonConf(group, 'anonymous'));
  writeFileSync(psk, `* ${SECRET}\n`, { mode: 0o600 });
  const node = [process.execPath, '--expose-gc', RESPONDER];
  const daemon = bob.start([...pinned(core), ...node, conf, psk]);
  await daemon.until(() => daemon.stdout.includes('listening'), 'ipseal listen');
  return daemon;
}

async function ourHeap(daemon) {
  const before = daemon.stdout.length;
  process.kill(daemon.pid, 'SIGUSR2');
  const said = () => /^heap (\d+)\n/m.exec(daemon.stdout.slice(before));
  await daemon.until(() => said() !== null, 'how much heap is in use');
  return Number(said()[1]);
}

function charonObstacle() {
  for (const file of [CHARON, ...LOADED.split(' ').map((plugin) => `${PLUGINS}${plugin}.so`)]) {
    try {
      accessSync(file);
    } catch {
      return `there is no ${file}`;
    }
  }
  return missing('swanctl');
}

async function startCharon({ bob }, folder, group, core) {
  const uri = `unix://${join(folder, 'vici')}`;
  const settings = join(folder, 'strongswan.conf');
  const connection = join(folder, 'swanctl.conf');
  writeFileSync(settings, strongswanConf(uri));
  writeFileSync(connection, swanctlConf(bob.address, GROUPS[group]), { mode: 0o600 });
  const env = { STRONGSWAN_CONF: settings };
  const daemon = bob.start([...pinned(core), ...withOwnRun([CHARON])], { env });
  await daemon.until(async () => {
    const words = ['swanctl', '--load-all', '--uri', uri, '--file', connection];
    return await bob.run(words).then(
      () => true,
      () => false,
    );
  }, 'charon answer');
  return daemon;
}

/** Neither of the two writes a log. Routes are the data plane's affair, and ours makes none. */
function strongswanConf(socket) {
  return `charon {
  load = ${LOADED}
  install_routes = no
  filelog {
    stderr {
      default = -1
    }
  }
  plugins {
    vici {
      socket = ${socket}
    }
  }
}
`;
}

function swanctlConf(address, group) {
  return `connections {
  bench {
    version = 1
    local_addrs = ${address}
    proposals = aes128-sha256-${group}
    encap = yes
    local {
      auth = psk
    }
    remote {
      auth = psk
    }
    children {
      bench {
        esp_proposals = aes128-sha256
        local_ts = ${INNER}/32
        remote_ts = ${PEERS_INNER}
      }
    }
  }
}
secrets {
  ike-bench {
    secret = ${SECRET}
  }
}
`;
}

/** The words that keep a program on processor `core`. */
export function pinned(core) {
  return ['taskset', '--cpu-list', `${core}`];
}
