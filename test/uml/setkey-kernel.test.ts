/**
 * The commands on a kernel that has IPsec: `setkey` finds it by itself, and what it loads is what
 * `ip xfrm` shows.
 *
 *   guest: Linux with ESP and AH, no ipseald; our commands run inside
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CommandResult } from '../lab/command.ts';
import { bootGuest, type Guest } from '../lab/guest.ts';
import { describeUml } from '../lab/tier.ts';
import { sharedPath } from '../support/examples.ts';
import { blocksOf, capturedDump } from '../support/setkey-capture.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const ALICE = 'examples/gazette/alice.setkey.conf';

const CAPTURED = sharedPath('reference', 'captured', 'setkey');

/**
 * What `ip xfrm state` showed of the original's SAs, with the two flags that PF_KEY cannot say and we
 * do: tunnels carry either IP version, and so have no selector of one of them; AH under IPv4 is a
 * multiple of 32 bits (RFC 4302 §2.6), which shows with the 256 bits of ICV of HMAC-SHA-512.
 */
function withOurFlags(state: string): string {
  return state
    .split(/^(?=src )/m)
    .map((sa) => {
      if (!sa.includes(' mode tunnel')) return sa;
      const align = sa.includes('proto ah') ? ' align4' : '';
      return sa
        .replace(/(replay-window \d+) \n/, `$1 flag af-unspec${align}\n`)
        .replace(/\tsel src .*\n/, '');
    })
    .join('');
}

/** The messages of a run of `setkey -x`, without who asked, indexes and times. */
function messagesOf(text: string): readonly string[] {
  return text
    .split(/^\d\d:\d\d:\d\d\.\d{6} \n/m)
    .filter((block) => block !== '')
    .map((block) =>
      block
        .replace(/ pid=\d+/, ' pid=…')
        .replace(/ id=[\da-f]+/, ' id=…')
        .replace(/ addtime=\d{6,}/, ' addtime=…')
        .trimEnd(),
    );
}

describeUml('setkey on a kernel with ESP and AH', () => {
  let guest: Guest;
  const run = (program: string, ...words: string[]): Promise<CommandResult> =>
    guest.run([join(PROJECT, 'bin', program), ...words], { cwd: PROJECT, timeoutMs: 60_000 });
  const xfrm = async (what: 'state' | 'policy') => (await guest.run(['ip', 'xfrm', what])).stdout;

  beforeAll(async () => {
    guest = await bootGuest();
  });

  afterAll(async () => {
    await guest?.stop();
  });

  test('loads a file into the kernel without being told to', async () => {
    const { status, stderr } = await run('setkey', '-f', ALICE);
    expect({ status, errors: stderr.match(/error/g) }).toEqual({ status: 0, errors: null });
    const state = await xfrm('state');
    expect(state.match(/proto esp spi 0x00000201 /g)).toHaveLength(1);
    expect(
      state.match(/auth-trunc hmac\(sha1\) 0x46915c30ed7e2465b42861b6ab19f2772813020c 96/g),
    ).toHaveLength(1);
    expect((await xfrm('policy')).match(/dir (in|out|fwd) /g)?.toSorted()).toEqual([
      'dir fwd ',
      'dir in ',
      'dir out ',
    ]);
  });

  test('knows what the kernel can do', async () => {
    const { status, stdout } = await run('ipseal', 'capabilities', '--json');
    expect(status).toBe(0);
    const { backend, protocols, ciphers, integrity, compression, missing } = JSON.parse(stdout);
    expect({ backend, protocols }).toEqual({
      backend: 'kernel',
      protocols: { esp: true, ah: true, ipcomp: true },
    });
    expect(compression).toEqual({ deflate: true });
    expect(ciphers).toMatchObject({ 'aes-cbc': true, null: true });
    expect(integrity).toMatchObject({ 'hmac-sha256': true, 'hmac-sha1': true });
    for (const { name, reason } of missing) {
      expect({ ...ciphers, ...integrity }[name]).toBe(false);
      expect(reason).toMatch(/^this kernel has no \S/);
    }
  });

  test('prints what the kernel has', async () => {
    const sad = await run('setkey', '-D');
    expect(sad.stdout).toContain('\tesp mode=transport spi=513(0x00000201) reqid=0(0x00000000)\n');
    expect(sad.stdout).toContain(
      '\tE: aes-cbc  a3993b3d fc41ef0a 1aa8d168 a8bf2c27 e48249ac 17b61e09\n',
    );
    const spd = await run('setkey', '-DP');
    expect(spd.stdout).toContain(
      '10.9.0.1[any] 10.9.0.2[any] 255\n\tout prio def ipsec\n' +
        '\tesp/transport//require\n\tah/transport//require\n',
    );
    const json = await run('setkey', '-D', '--json');
    const sas = json.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(sas).toHaveLength(4);
    expect(sas.find(({ spi, protocol }) => spi === 0x201 && protocol === 'esp')).toMatchObject({
      version: 1,
      type: 'sa',
      source: '10.9.0.1',
      encryption: { algorithm: 'aes-cbc', keyBits: 192 },
      usedAt: null,
    });
    expect((await run('setkey', '-DP', '--json')).stdout.match(/"type":"policy"/g)).toHaveLength(3);
    const status = await run('ipseal', 'status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ backend: 'kernel', sas: 4, policies: 3 });
  });

  test('changes nothing when the kernel refuses a statement, and says which', async () => {
    const before = [await xfrm('state'), await xfrm('policy')];
    const file = '/tmp/twice.conf';
    await guest.sh(`cat > ${file} <<'END'
flush; spdflush;
add 10.9.0.1 10.9.0.2 ah 0x200 -A hmac-sha1 0x46915c30ed7e2465b42861b6ab19f2772813020c;
add 10.9.0.1 10.9.0.2 ah 0x200 -A hmac-sha1 0x46915c30ed7e2465b42861b6ab19f2772813020c;
END`);
    const { status, stderr } = await run('setkey', '-f', file);
    expect(status).toBe(1);
    expect(stderr).toContain(`${file}:3:1: error: there is an SA ah 0x00000200 to 10.9.0.2`);
    expect([await xfrm('state'), await xfrm('policy')]).toEqual(before);
  });

  test('flushes both tables', async () => {
    expect((await run('setkey', '-F')).status).toBe(0);
    expect((await run('setkey', '-FP')).status).toBe(0);
    expect((await run('setkey', '-D')).stdout).toBe('No SAD entries.\n');
    expect((await run('setkey', '-DP')).stdout).toBe('No SPD entries.\n');
  });

  describe('setkey -x', () => {
    const FILE = '/tmp/monitored.conf';
    const PRINTED = '/tmp/monitored.txt';

    /** What `setkey` with `words` prints of the capture's statements, and its status, by `signal`. */
    const monitored = async (words: string, signal: string): Promise<CommandResult> =>
      guest.sh(
        `bin/setkey -F; bin/setkey -FP
        cat > ${FILE} <<'END'
add 192.0.2.1 192.0.2.2 esp 0x301 -m tunnel -lh 2 -ls 1
  -E aes-cbc 0x6b1d4a0c7f2e85931c4b6fa0d2e38795
  -A hmac-sha1 0x6b1d4a0c7f2e85931c4b6fa0d2e3879500112233;
spdadd 10.0.0.0/8 10.1.0.0/16 any -P out ipsec esp/tunnel/10.0.0.1-10.0.0.2/unique:5;
spdadd 10.0.0.0/8 10.2.0.0/16 any -P in none;
END
        bin/setkey ${words} > ${PRINTED} & pid=$!
        # Netlink protocol 6 is NETLINK_XFRM; the fourth column has the groups that a socket hears.
        until awk '$2 == 6 && $4 !~ /^0*$/ { heard = 1 } END { exit !heard }' /proc/net/netlink
        do sleep 0.2; done
        bin/setkey -f ${FILE}
        ip xfrm policy flush
        until [ $(grep -Ec '^(sadb_msg)?[{]' ${PRINTED}) -ge 7 ]; do sleep 0.2; done
        kill -${signal} $pid
        status=0
        wait $pid || status=$?
        cat ${PRINTED}
        echo "status=$status"`,
        { cwd: PROJECT, timeoutMs: 120_000 },
      );

    test.runIf(CAPTURED !== null)('prints what the original printed of the same', async () => {
      const captured = readFileSync(join(CAPTURED ?? '', 'orig-0.8-monitor-x.txt'), 'utf8');
      const { stdout } = await monitored('-x', 'TERM');
      const theirs = messagesOf(captured);
      // Of each change: what was asked, and the kernel's word of it, twice.
      expect(messagesOf(stdout.replace(/^status=143\n$/m, '')).toSorted()).toEqual(
        [3, 6, 9, 12, 14, 20, 21].map((place) => theirs[place] ?? '').toSorted(),
      );
      expect(stdout).toMatch(/^status=143$/m);
    });

    test('prints an object a line', async () => {
      const { stdout } = await monitored('-x --json', 'TERM');
      const events = stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line));
      expect(events.map(({ event, limit }) => limit ?? event).toSorted()).toEqual([
        'hard',
        'policies-flushed',
        'policy-added',
        'policy-added',
        'policy-added',
        'sa-added',
        'soft',
      ]);
      expect(events.filter(({ event }) => event === 'sa-expired')).toMatchObject(
        ['dying', 'dead'].map((state) => ({ sa: { state, encryption: { keyBits: 128 } } })),
      );
    });
  });

  test('-H shows what a dump would be asked for with', async () => {
    const { stdout } = await run('setkey', '-H', '-D');
    expect(stdout).toMatch(/^00000000: 02 0a 00 00 02 (00 ){7}.. .. 00 00 \nNo SAD entries\.\n$/);
    const policies = await run('setkey', '-HDP');
    expect(policies.stdout).toMatch(/^00000000: 02 12 00 00 02 .*\nNo SPD entries\.\n$/);
  });

  test('getspi keeps an SPI, and a terminal is asked statement by statement', async () => {
    const typed = 'getspi 10.9.0.1 10.9.0.2 esp 0x1234 -u 5;\nbogus;\ndump;\nexit;\n';
    const { stdout, status } = await guest.run(
      ['script', '-qec', `${join(PROJECT, 'bin', 'setkey')} -c`, '/dev/null'],
      { cwd: PROJECT, input: typed, timeoutMs: 60_000 },
    );
    expect(status).toBe(1);
    expect(stdout.match(/setkey> /g)).toHaveLength(4);
    expect(stdout.match(/spi=4660\(0x00001234\) reqid=5/g)).toHaveLength(2);
    expect(stdout.match(/ state=larval /g)).toHaveLength(2);
    expect(stdout).toContain('(terminal):1:1: error: ');
    expect(await xfrm('state')).toMatch(/proto esp spi 0x00001234 reqid 5 /);
    await run('setkey', '-F');
  });

  // Into empty tables: policies that take the place of others go in by precedence, not by line.
  describe.runIf(CAPTURED !== null)('the file that setkey 0.8 was captured with', () => {
    const captured = (what: string): string =>
      readFileSync(join(CAPTURED ?? '', `orig-0.8-01-basic.${what}.txt`), 'utf8');

    test('leaves the SAD and the SPD that the original left', async () => {
      const file = join(CAPTURED ?? '', 'inputs', '01-basic.cf');
      const { status, stderr } = await run('setkey', '--backend', 'kernel', '-f', file);
      expect({ status, errors: stderr.match(/error/g) }).toEqual({ status: 0, errors: null });
      expect(await xfrm('state')).toBe(withOurFlags(captured('xfrm-state')));
      expect(await xfrm('policy')).toBe(captured('xfrm-policy'));
    });

    test.each(['D', 'DP', 'Dp', 'DPp'])(
      'is printed as the original printed it: -%s',
      async (task) => {
        const { stdout } = await run('setkey', `-${task}`);
        expect(blocksOf(stdout)).toEqual(
          blocksOf(capturedDump(`orig-0.8-01-basic.${task}.txt`) ?? ''),
        );
      },
    );
  });
});
