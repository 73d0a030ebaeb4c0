/**
 * iptables-save(8) and ip6tables-save(8), where they are installed.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';

/** What they print of all tables; `null` where they are not installed or may not look. */
export function savedRules(version: 4 | 6): string | null {
  const program = version === 4 ? 'iptables-save' : 'ip6tables-save';
  const { error, status, stdout } = spawnSync(program, [], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' },
    maxBuffer: LARGEST_OUTPUT,
  });
  return error === undefined && status === 0 ? stdout : null;
}

/** In octets. */
const LARGEST_OUTPUT = 1 << 28;
