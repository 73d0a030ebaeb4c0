/**
 * The tiers that need more than Node, as vitest blocks: `describeNetns`, `describeUml`.
 *
 * Where a tier cannot run, its blocks are skipped and say in one line why, unless make has said it
 * for all of them (`IPSEAL_SKIPS_TOLD`). Where it must run, which is as root with `CI=true` (so
 * `make test` and the CI have it), what is missing fails the block.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { describe, test } from 'vitest';
import { compiler, installed, LAB_PATH, LIBRESWAN } from './programs.ts';

/** A block whose tests make network namespaces and TAP devices. */
export function describeNetns(name: string, tests: () => void): void {
  describeTier('netns', netnsObstacle(), name, tests);
}

/** A block whose tests boot guests; they may make namespaces, too. */
export function describeUml(name: string, tests: () => void): void {
  describeTier('uml', umlObstacle(), name, tests);
}

/** Why the netns tier cannot run here, as a clause; `null` when it can. */
export function netnsObstacle(): string | null {
  if (!privileged()) return 'not root';
  const needed = ['ip', 'sysctl', 'setpriv', 'ethtool', 'tcpdump', 'tshark', 'ping', 'swanctl'];
  const missing = needed.find((name) => !installed(name));
  if (missing !== undefined) return `${missing} is not installed, which test/lab/install does`;
  if (!existsSync('/usr/lib/python3/dist-packages/scapy')) {
    return 'scapy is not installed, which test/lab/install does';
  }
  if (!existsSync('/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so')) {
    return 'strongSwan is not installed, which test/lab/install does';
  }
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun';
  const probe = spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up'], LAB_ENVIRONMENT);
  return probe.status === 0 ? null : 'this root may not make network namespaces';
}

/** Why the uml tier cannot run here, as a clause; `null` when it can. */
export function umlObstacle(): string | null {
  const obstacle = netnsObstacle();
  if (obstacle !== null) return obstacle;
  if (!installed('linux') || !existsSync('/usr/lib/uml/modules')) {
    return 'user-mode-linux is not installed, which test/lab/install does';
  }
  if (!existsSync(LIBRESWAN) || !installed('certutil')) {
    return 'Libreswan is not there, which test/lab/install unpacks';
  }
  return compiler() === null ? 'tcc is not installed, which test/lab/install does' : null;
}

function describeTier(
  tier: string,
  obstacle: string | null,
  name: string,
  tests: () => void,
): void {
  const { CI, IPSEAL_SKIPS_TOLD } = process.env;
  if (obstacle === null) {
    describe(name, tests);
  } else if (CI === 'true' && process.geteuid?.() === 0) {
    describe(name, () => {
      test(`the ${tier} tier can run`, () => {
        throw new Error(`Cannot run the ${tier} tier: ${obstacle}`);
      });
    });
  } else {
    // Not through process.stderr, to which vitest adds lines of its own.
    if (!IPSEAL_SKIPS_TOLD) writeSync(2, `${tier} tier skipped (${name}): ${obstacle}\n`);
    describe.skip(name, tests);
  }
}

/** Whether this process may administer namespaces and networks. */
function privileged(): boolean {
  if (process.geteuid?.() === 0) return true;
  try {
    const effective = /^CapEff:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    const needed = (1n << CAP_NET_ADMIN) | (1n << CAP_SYS_ADMIN);
    return effective !== undefined && (BigInt(`0x${effective}`) & needed) === needed;
  } catch {
    return false;
  }
}

const LAB_ENVIRONMENT = { env: { ...process.env, PATH: LAB_PATH } };

/** linux/capability.h */
const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;
