import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../../../../test/lab/cleanup.ts';
import { startTestDaemon } from '../../../../test/support/control-server.ts';
import { flow } from '../../../../test/support/explaining.ts';
import { address } from '../../../../test/support/packets.ts';
import { addPolicy, addSa, espSa, layer, policy, protect } from '../../../../test/support/sas.ts';
import { keepWritten } from '../../../../test/support/written.ts';
import { type ExplainOptions, explainFlow } from './explain.ts';
import { roleAmong } from './tables.ts';

let directory: TemporaryDirectory;

beforeEach(() => {
  directory = makeTemporaryDirectory();
});

afterEach(() => {
  vi.restoreAllMocks();
  directory.remove();
});

/** What `ipseal explain` prints, and its exit status. */
async function explained(line: string, options: ExplainOptions) {
  const out = keepWritten(process.stdout);
  const [source = '', destination = '', protocol = null, ports = null] = line.split(' ');
  const words = { source, destination, protocol, ports };
  return { status: await explainFlow(words, options), text: out.text };
}

/** A file with that in it. */
function file(name: string, text: string): string {
  const path = join(directory.path, name);
  writeFileSync(path, text);
  return path;
}

const KEY = '0x000102030405060708090a0b0c0d0e0f';
const SA = `add 10.9.0.1 10.9.0.2 esp 0x201 -E aes-cbc ${KEY};\n`;
const OUT = 'spdadd 10.9.0.1 10.9.0.2 tcp -P out ipsec esp/transport//require;\n';
const IN = 'spdadd 10.9.0.2 10.9.0.1 any -P in ipsec esp/transport//require;\n';
const USE = 'spdadd 10.9.0.1 10.9.0.2 tcp -P out ipsec esp/transport//use;\n';

describe('ipseal explain', () => {
  test.each([
    ['protected', SA + OUT + IN, 'tcp 22', 0],
    ['allowed', SA + OUT, 'udp 53', 0],
    ['dropped', OUT + IN, 'tcp 22', 3],
    ['in the clear under use', USE, 'tcp 22', 4],
    ['in the clear where replies are protected', SA + OUT + IN, 'udp 53', 4],
  ])('ends with a status that tells what is %s', async (_, text, words, expected) => {
    const policies = [file('a.conf', text)];
    const { status, text: said } = await explained(`10.9.0.1 10.9.0.2 ${words}`, {
      policy: policies,
    });
    expect(status).toBe(expected);
    expect(said.includes('CAUTION')).toBe(expected === 4);
  });

  test('shows no key', async () => {
    const path = file('a.conf', SA + OUT + IN);
    for (const json of [true, false]) {
      const { text } = await explained('10.9.0.1 10.9.0.2 tcp 22', { policy: [path], json });
      expect(text).toContain('aes-cbc');
      expect(text).not.toContain(KEY.slice(2));
    }
  });

  test('reads what ip xfrm printed', async () => {
    const sad = file(
      'state',
      [
        'src 10.9.0.1 dst 10.9.0.2',
        '\tproto esp spi 0x00000201 reqid 5 mode tunnel',
        '\treplay-window 32',
        `\tenc cbc(aes) ${KEY}`,
        '',
      ].join('\n'),
    );
    const spd = file(
      'policy',
      [
        'src 10.1.0.0/16 dst 10.2.0.0/16',
        '\tdir out priority 0',
        '\ttmpl src 10.9.0.1 dst 10.9.0.2',
        '\t\tproto esp reqid 5 mode tunnel',
        '',
      ].join('\n'),
    );
    const { status, text } = await explained('10.1.0.9 10.2.0.9 icmp echo-request', {
      ...{ policy: [spd], sad: [sad], mtu: '1400', length: '100' },
    });
    expect(status).toBe(0);
    expect(text).toMatch(/^ICMP .* leaves protected by ESP in tunnel mode \(SA 0x00000201\)$/m);
    expect(text).toMatch(/of 100 .*\n( .*\n)* {4}on the wire +156 /m);
    expect(text).toContain('a link of 1400 octets');
  });

  test('asks a running ipseald, and knows this host by its addresses', async () => {
    const daemon = await startTestDaemon();
    try {
      daemon.engine.commit(
        [addSa(espSa()), addPolicy(policy('outbound', protect(layer('esp'))))],
        0,
      );
      const live = { backend: 'userspace', control: daemon.path, json: true };
      const out = await explained('10.9.0.1 10.9.0.2 tcp 22', { ...live, direction: 'out' });
      expect(JSON.parse(out.text)).toMatchObject({
        ...{ version: 1, role: 'outbound', rules: 'userspace', outcome: 'protected' },
        there: { departure: { layers: [{ sa: { spi: 0x201, state: 'mature' } }] } },
      });
      const own = await explained('127.0.0.1 127.0.0.1', live);
      expect(JSON.parse(own.text)).toMatchObject({
        ...{ role: 'local', there: { exemption: 'loopback' } },
      });
    } finally {
      daemon.close();
    }
  });

  test.each<[string, ExplainOptions, string]>([
    ['a direction', { direction: 'up' }, '--direction is out, in, fwd, not "up"'],
    ['an MTU', { mtu: '12' }, '--mtu is in octets, 68 to 65535, not "12"'],
    ['a length', { length: 'x' }, '--length is in octets, 68 to 65535, not "x"'],
    ['SAs alone', { sad: ['a'] }, '--sad goes with --policy: give both'],
  ])('refuses %s that make no sense', async (_, options, reason) => {
    await expect(explained('10.9.0.1 10.9.0.2 tcp 22', options)).rejects.toThrow(reason);
  });

  test('a file with mistakes is told of and not used', async () => {
    const told = keepWritten(process.stderr);
    const path = file('a.conf', 'spdadd 10.9.0.1 oops;\n');
    await expect(explained('10.9.0.1 10.9.0.2', { policy: [path] })).rejects.toThrow(/an error/);
    expect(told.text).toContain(`${path}:1:`);
  });
});

describe('roleAmong()', () => {
  const here = new Set(['10.9.0.1', '10.9.0.9']);

  test.each([
    ['10.9.0.1', '10.9.0.2', 'outbound'],
    ['10.9.0.2', '10.9.0.1', 'inbound'],
    ['10.9.0.2', '10.9.0.3', 'forward'],
    ['10.9.0.1', '10.9.0.9', 'local'],
  ])('%s to %s is %s', (from, to, role) => {
    const asked = flow({ source: address(from), destination: address(to) });
    expect(roleAmong(here, asked)).toBe(role);
  });
});
