/**
 * What `ipseal watch` says of packets by policies: of a long capture with one leak in it, and live,
 * beside an `ipseald` and a kernel whose tables change.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHex } from '../../src/octets/hex.ts';
import { makeTemporaryDirectory } from '../lab/cleanup.ts';
import { run } from '../lab/command.ts';
import { describeNetns } from '../lab/tier.ts';
import { commandPath, type Hosts, makeHosts, WIRE } from '../support/hosts.ts';
import { countedOctets, udpPacket } from '../support/packets.ts';
import { addPolicy, addSa, espSa, layer, policy, protect } from '../support/sas.ts';
import { sealingHost, writeCapture } from '../support/sealed-capture.ts';
import { ping } from '../support/traffic.ts';

const MANY = 100_000;
const LEAK_AT = 61_803;

const SA = espSa();

/** Alice's file. */
const CONF = [
  `add 10.9.0.1 10.9.0.2 esp 0x201`,
  `  -E aes-cbc 0x${toHex(SA.encryption?.key.expose() ?? new Uint8Array(0))}`,
  `  -A hmac-sha256-128 0x${toHex(SA.integrity?.key.expose() ?? new Uint8Array(0))};`,
  'spdadd 10.9.0.1 10.9.0.2 any -P out ipsec esp/transport//require;',
  'spdadd 10.9.0.2 10.9.0.1 any -P in ipsec esp/transport//require;',
].join('\n');

describeNetns('ipseal watch --leaks', () => {
  const directory = makeTemporaryDirectory();
  const [conf, clean, leaky] = ['setkey.conf', 'clean.pcap', 'leaky.pcap'].map((name) =>
    join(directory.path, name),
  ) as [string, string, string];

  beforeAll(() => {
    writeFileSync(conf, CONF);
    const plain = udpPacket(countedOctets(64));
    const host = sealingHost([addSa(SA), addPolicy(policy('outbound', protect(layer('esp'))))]);
    const packets = Array.from({ length: MANY }, () => host.seal(plain));
    writeCapture(clean, packets);
    packets.splice(LEAK_AT, 0, plain);
    writeCapture(leaky, packets);
  });

  afterAll(() => directory.remove());

  function watch(pcap: string, ...words: readonly string[]) {
    const argv = [commandPath('ipseal'), 'watch', '-t', '-#', '-r', pcap];
    return run([...argv, '--sad', conf, '--policy', conf, ...words], { timeoutMs: 60_000 });
  }

  test(`finds nothing among ${MANY} protected packets`, async () => {
    const { status, stdout, stderr } = await watch(clean, '--leaks');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toMatch(
      /100000 packets, .*, 100% of the packets protected\n +100000 {2}protected/,
    );
  });

  test('finds the one that was forged in the clear, and nothing else', async () => {
    const { status, stdout, stderr } = await watch(leaky, '--leaks');
    expect(status).toBe(3);
    expect(stdout).toMatch(
      /^ *\d+ +IP 10\.9\.0\.1\.40000 > 10\.9\.0\.2\.5000: UDP, length 64 \[leak: out 10\.9\.0\.1\[any\] 10\.9\.0\.2\[any\], it asks for esp\/transport\]\n$/,
    );
    expect(stderr).toMatch(/100001 packets, .*, 99\.9% of the packets protected/);
    expect(stderr).toMatch(/ 1 {2}in the clear, and should have been protected/);
    expect(stderr).toMatch(
      /esp 0x00000201 10\.9\.0\.1 > 10\.9\.0\.2: 100000 packets, ICV 100000 ok\n/,
    );
  });

  test('says so in JSON, too', async () => {
    const { status, stdout } = await watch(leaky, '--leaks', '--json');
    expect(status).toBe(3);
    const [packet, summary, ...more] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(more).toEqual([]);
    expect(packet).toMatchObject({
      type: 'packet',
      verdict: 'leak',
      icv: 'unchecked',
      inner: null,
    });
    expect(summary).toMatchObject({
      type: 'summary',
      verdicts: { protected: { packets: MANY }, leak: { packets: 1 } },
      sas: [{ spi: '0x00000201', known: true, missing: 0, late: 0, replays: 0 }],
    });
  });
});

describeNetns('ipseal watch --top', () => {
  test('shows flows and SAs on a terminal, and gives the screen back at q', async () => {
    const directory = makeTemporaryDirectory();
    const host = sealingHost([addSa(SA), addPolicy(policy('outbound', protect(layer('esp'))))]);
    const pcap = join(directory.path, 'sealed.pcap');
    writeCapture(pcap, [host.seal(udpPacket(countedOctets(64)))]);
    const onTerminal = (words: string) =>
      run(['script', '-qec', `${commandPath('ipseal')} watch ${words} --top`, '/dev/null'], {
        input: 'q',
        timeoutMs: 20_000,
      });
    const file = await onTerminal(`-r ${pcap}`);
    expect(file.status).toBe(0);
    expect(file.stdout).toMatch(
      /\[\?1049h.*10\.9\.0\.1 > 10\.9\.0\.2 esp .*esp 0x00000201 to .*\[\?1049l/s,
    );
    // Nothing ends a capture of an interface but the key.
    const live = await onTerminal('-i lo');
    expect(live.status).toBe(0);
    expect(live.stdout).toMatch(/q quits.*\[\?1049l/s);
    directory.remove();
  });
});

describeNetns('ipseal watch, live', () => {
  let hosts: Hosts;

  beforeAll(async () => {
    hosts = await makeHosts(['alice', 'bob']);
    const there = CONF.replaceAll('spdadd', '\nspdadd');
    const back = there
      .split('\n')
      .filter((line) => !line.startsWith('spdadd'))
      .join('\n')
      .replace('10.9.0.1 10.9.0.2 esp 0x201', '10.9.0.2 10.9.0.1 esp 0x301');
    await hosts.alice.load(`${there}\n${back}`);
    await hosts.bob.load(
      `${back}\n${there}`
        .replaceAll('-P out', '-P IN')
        .replaceAll('-P in', '-P out')
        .replaceAll('-P IN', '-P in'),
    );
  });

  afterAll(() => hosts?.dispose());

  test('follows the SAs and policies of ipseald', async () => {
    const { alice } = hosts;
    const words = ['--sad', 'userspace', '--policy', 'userspace', '--control', alice.control];
    const watching = alice.namespace.spawn([
      ...[commandPath('ipseal'), 'watch', '-t', '-i', WIRE, ...words],
      'esp or icmp',
    ]);
    await watching.until(/listening on/);
    await ping(alice.namespace, hosts.bob.address);
    await watching.until(/ESP\(spi=0x00000301,seq=0x\w+\), length \d+: ICMP echo reply/);
    // An event tells of a new SA, and its keys are asked for.
    const more = CONF.split('spdadd')[0]?.replace('0x201', '0x202') ?? '';
    await alice.load(`delete 10.9.0.1 10.9.0.2 esp 0x201; ${more}`);
    await hosts.bob.load(more);
    await ping(alice.namespace, hosts.bob.address);
    await watching.until(/ESP\(spi=0x00000202,seq=0x1\), length \d+: ICMP echo request/);
    const { status, stdout, stderr } = await watching.stop('SIGINT', 10_000);
    expect({ status, verdicts: /\[/.test(stdout) }).toEqual({ status: 0, verdicts: false });
    expect(stderr).toMatch(/100% of the packets protected/);
  });

  test("judges by the kernel's policies as they come and go", async () => {
    const { bob, alice } = hosts;
    await bob.stopDaemon();
    await bob.release();
    await alice.stopDaemon();
    await alice.release();
    const watching = bob.namespace.spawn([
      ...[commandPath('ipseal'), 'watch', '-t', '-i', WIRE, '--policy', 'kernel', '--leaks'],
      'icmp',
    ]);
    await watching.until(/listening on/);
    await ping(alice.namespace, bob.address);
    // A forward policy lets pass what is for the host itself, so that there is something to see.
    const fwd = ['src', alice.address, 'dst', bob.address, 'dir', 'fwd'];
    await bob.namespace.ip(
      'xfrm',
      'policy',
      'add',
      ...fwd,
      'tmpl',
      'proto',
      'esp',
      'mode',
      'transport',
    );
    await ping(alice.namespace, bob.address);
    await watching.until(/ICMP echo request.*\[leak: fwd 10\.9\.0\.1\[any\] 10\.9\.0\.2\[any\]/);
    const { status, stdout } = await watching.stop('SIGINT', 10_000);
    expect(status).toBe(3);
    expect(stdout).not.toMatch(/echo reply/);
  });
});
