/**
 * The unit that is shipped, as systemd itself understands it.
 *
 * @module
 */
import { readFileSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { run } from '../lab/command.ts';
import { installed } from '../lab/programs.ts';
import { PROJECT } from '../support/hosts.ts';

const UNIT = `${PROJECT}systemd/ipseald.service`;
/** In tenths, of the worst that systemd-analyze can think of; the network that it needs is ten of them. */
const MOST_EXPOSED = 21;

const text = readFileSync(UNIT, 'utf8');

/** The values of `name`, in their order. */
function valuesOf(name: string): string[] {
  return [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

describe('the systemd unit', () => {
  test('gives two capabilities, to a user who can get no others', () => {
    for (const name of ['CapabilityBoundingSet', 'AmbientCapabilities']) {
      expect(valuesOf(name)).toEqual(['CAP_NET_ADMIN CAP_NET_RAW']);
    }
    expect(valuesOf('NoNewPrivileges')).toEqual(['yes']);
    expect(valuesOf('User')).toEqual(['ipseal']);
    const users = readFileSync(`${PROJECT}systemd/ipseal.sysusers`, 'utf8');
    expect(users).toMatch(/^u ipseal - /m);
  });

  test('waits to be told, reloads by SIGHUP, and has the control socket where it is looked for', () => {
    expect(valuesOf('Type')).toEqual(['notify']);
    expect(valuesOf('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
    expect(valuesOf('RuntimeDirectory')).toEqual(['ipseal']);
    expect(valuesOf('ExecStart')).toEqual(['/usr/bin/env ipseald -f /etc/setkey.conf']);
  });

  test('is in the package', () => {
    const { files } = JSON.parse(readFileSync(`${PROJECT}package.json`, 'utf8'));
    expect(files).toContain('systemd');
  });
});

const hasSystemd = installed('systemd-analyze');
if (!hasSystemd) {
  writeSync(2, 'systemd unit not checked: no systemd-analyze, which test/lab/install does\n');
}

describe.skipIf(!hasSystemd)('systemd-analyze', () => {
  test('has nothing to say against the unit', async () => {
    expect(await run(['systemd-analyze', 'verify', UNIT])).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('finds little exposed', async () => {
    const words = ['security', '--offline=true', `--threshold=${MOST_EXPOSED}`, '--no-pager', UNIT];
    const { status, stdout } = await run(['systemd-analyze', ...words]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('exposure') });
  });
});
