/**
 * Others take away rules that enforce policies, as those do who flush all rules of a host: `ipseald` puts them
 * back, and says so.
 *
 *     alice  ipseald, whose rules are flushed ──── wire0 ──── bob  ipseald
 *
 * @module
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { tcpdumpLines } from '../lab/capture.ts';
import { type Command, succeed } from '../lab/command.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  ALICE_ADDRESS,
  BOB_ADDRESS,
  captureDuring,
  commandPath,
  type Hosts,
  makeHosts,
  waitUntil,
} from '../support/hosts.ts';
import { type Counted, newMarker, ping, startDatagrams } from '../support/traffic.ts';

const PORT = 7000;
const SAS = [
  [ALICE_ADDRESS, BOB_ADDRESS],
  [BOB_ADDRESS, ALICE_ADDRESS],
]
  .map(([from, to]) => `add ${from} ${to} esp 0x1234 -E aes-gcm-16 0x${'5a'.repeat(20)};\n`)
  .join('');
/** `out` and `in`, or the other way round. */
const policies = (here: string, there: string) =>
  `spdadd ${ALICE_ADDRESS} ${BOB_ADDRESS} any -P ${here} ipsec esp/transport//require;
   spdadd ${BOB_ADDRESS} ${ALICE_ADDRESS} any -P ${there} ipsec esp/transport//require;`;
/** As `/etc/nftables.conf` begins, and what may follow. */
const OWN_FIREWALL = `flush ruleset
table inet filter {
  chain input { type filter hook input priority 0; }
}`;
const SAID = /^ipseald: Others removed rules .*$/gm;

describeNetns('rules that others take away', () => {
  let hosts: Hosts;
  let daemon: Command;
  let datagrams: Counted;
  let said: number;

  beforeAll(async () => {
    hosts = await makeHosts(['bob']);
    const { alice, bob } = hosts;
    daemon = alice.launchDaemon();
    await daemon.until(/listening at/);
    await alice.load(SAS + policies('out', 'in'));
    await bob.load(SAS + policies('in', 'out'));
    datagrams = await startDatagrams(alice.namespace, BOB_ADDRESS, PORT, newMarker());
  });

  afterAll(async () => {
    await datagrams?.stop();
    await hosts?.dispose();
  });

  beforeEach(() => {
    said = timesSaid();
  });

  const timesSaid = () => daemon.stderr.match(SAID)?.length ?? 0;
  const rules = () =>
    succeed(hosts.alice.namespace, ['nft', '-a', 'list', 'table', 'inet', 'ipseal']);
  const waysOut = () =>
    Promise.all(['-4', '-6'].map((version) => hosts.alice.namespace.ip(version, 'rule', 'list')));

  /** What goes over the wire while `action` runs, in the clear: when, in seconds. */
  async function inTheClear(action: () => Promise<unknown>): Promise<readonly number[]> {
    const pcap = await captureDuring(hosts.alice, action);
    const lines = await tcpdumpLines(pcap, ['-tt', 'ip and not proto 50']);
    return lines.map((line) => Number.parseFloat(line));
  }

  /** Somebody does `words`, with alice's rules; until she has said that they are back. */
  async function othersDo(words: readonly string[], input = ''): Promise<void> {
    const before = timesSaid();
    await succeed(hosts.alice.namespace, words, { input });
    await waitUntil('the word of ipseald', () => timesSaid() > before);
  }

  /** All datagrams that are tried from now on go protected. */
  async function isProtected(): Promise<void> {
    const clear = await inTheClear(async () => {
      const before = datagrams.count();
      await waitUntil('datagrams', () => datagrams.count() > before + 50);
      await ping(hosts.alice.namespace, BOB_ADDRESS);
    });
    expect(clear).toEqual([]);
  }

  test.each([
    ['all of them', ['nft', 'flush', 'ruleset'], ''],
    ['all, and others come in their place', ['nft', '-f', '-'], OWN_FIREWALL],
    ['the table', ['nft', 'delete', 'table', 'inet', 'ipseal'], ''],
    ['the rules in it', ['nft', 'flush', 'table', 'inet', 'ipseal'], ''],
    ['one chain', ['nft', 'flush', 'chain', 'inet', 'ipseal', 'inbound'], ''],
  ] as const)('come back at once: %s', async (_, words, input) => {
    const withoutHandles = (text: string) =>
      text.replaceAll(/ # handle \d+| packets \d+ bytes \d+/g, '');
    const before = withoutHandles(await rules());
    const clear = await inTheClear(() => othersDo(words, input));
    // A datagram every few milliseconds.
    expect((clear.at(-1) ?? 0) - (clear[0] ?? 0)).toBeLessThan(1);
    expect(withoutHandles(await rules())).toBe(before);
    await isProtected();
  });

  test('come back where they are of routing, and nothing leaves meanwhile', async () => {
    const before = await waysOut();
    const clear = await inTheClear(async () => {
      for (const version of ['-4', '-6']) {
        await othersDo(['ip', version, 'rule', 'delete', 'priority', '4301']);
      }
    });
    expect(clear).toEqual([]);
    expect(await waysOut()).toEqual(before);
    await isProtected();
  });

  test('come back with the TUN device that was set down and up again', async () => {
    const { namespace } = hosts.alice;
    const clear = await inTheClear(async () => {
      await namespace.ip('link', 'set', 'ipseal0', 'down');
      const before = datagrams.count();
      await waitUntil('attempts', () => datagrams.count() > before + 20);
      await othersDo(['ip', 'link', 'set', 'ipseal0', 'up']);
    });
    expect(clear).toEqual([]);
    await isProtected();
  });

  test('stay as they are when others change their own, and when its policies change', async () => {
    const { alice } = hosts;
    const before = await rules();
    for (const command of ['add', 'delete']) {
      await succeed(alice.namespace, ['nft', command, 'table', 'inet', 'other']);
      await alice.namespace.ip('rule', command, 'from', '192.0.2.1', 'lookup', 'main');
    }
    await isProtected();
    // With their handles: none was made anew.
    expect(await rules()).toBe(before);
    await alice.load('spdadd 192.0.2.1 192.0.2.2 any -P out none;');
    await isProtected();
    expect(timesSaid()).toBe(said);
  });

  test('come back after ipseald --release, which says that one runs', async () => {
    const { alice } = hosts;
    const argv = [commandPath('ipseald'), '--release', '--control', alice.control];
    const { status, stderr } = await alice.namespace.run(argv);
    expect(status).toBe(1);
    expect(stderr).toContain(`an ipseald runs (at ${alice.control})`);
    await waitUntil('the word of ipseald', () => timesSaid() > said);
    await isProtected();
  });

  test('stay away when ipseald has ended', async () => {
    const { alice, bob } = hosts;
    await alice.stopDaemon();
    await alice.release();
    const { stdout } = await alice.namespace.run(['nft', 'list', 'tables']);
    expect(stdout).not.toContain('ipseal');
    await ping(bob.namespace, bob.address);
  });
});
