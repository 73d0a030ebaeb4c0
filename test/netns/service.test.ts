/**
 * `ipseald` as a service manager runs it: with two capabilities, as root or not; ready when packets
 * are protected; told by SIGHUP to read its file again.
 *
 *     alice  wire0 10.9.0.1 ──── wire0 10.9.0.2  bob
 *            ipseald -f       ▲         10.9.0.3
 *            NOTIFY_SOCKET    └ tcpdump
 *
 * @module
 */
import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect, type SaRecord } from '../../src/ipsec/backend.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import { makeNobody, NOBODY_ID, type Nobody, restrictedTo } from '../lab/nobody.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  BOB_ADDRESS,
  captureDuring,
  type DaemonStart,
  type Hosts,
  makeHosts,
  unprotectedLines,
  WIRE,
  waitUntil,
} from '../support/hosts.ts';
import { type ServiceListener, startServiceListener } from '../support/service-listener.ts';
import {
  containsMarker,
  type Listener,
  newMarker,
  ping,
  startDatagrams,
  startListener,
} from '../support/traffic.ts';

const OTHER_ADDRESS = '10.9.0.3';
const PORT = 7000;
/** CAP_NET_ADMIN is bit 12, CAP_NET_RAW bit 13. */
const BOTH = '0000000000003000';
const TWO_CAPABILITIES = restrictedTo('net_admin', 'net_raw');

const key = (octet: string) => `-r 64 -E aes-gcm-16 0x${octet.repeat(20)}`;
const FLUSH = 'flush; spdflush;\n';

/** SAs and policies between two addresses, as the first of them sees it. */
function between(here: string, there: string, spi: number, octet: string): string {
  return `
add ${here} ${there} esp ${spi} ${key(octet)};
add ${there} ${here} esp ${spi + 1} ${key(`${octet.at(-1)}${octet.at(0)}`)};
spdadd ${here} ${there} any -P out ipsec esp/transport//require;
spdadd ${there} ${here} any -P in ipsec esp/transport//require;
`;
}

/** The same as the other sees it. */
function mirrored(file: string): string {
  return file.replace(/-P (out|in)/g, (_, word) => `-P ${word === 'out' ? 'in' : 'out'}`);
}

const WITH_BOB = between('10.9.0.1', '10.9.0.2', 0x1000, '5c');
const WITH_OTHER = between('10.9.0.1', OTHER_ADDRESS, 0x2000, '6d');

describeNetns('ipseald as a service', () => {
  let hosts: Hosts;
  let files: TemporaryDirectory;
  let file: string;
  let atBob: Listener;

  beforeAll(async () => {
    hosts = await makeHosts(['bob']);
    await hosts.bob.namespace.addAddress(WIRE, `${OTHER_ADDRESS}/24`);
    atBob = await startListener(hosts.bob.namespace, PORT);
    files = makeTemporaryDirectory();
    chmodSync(files.path, 0o755);
    file = join(files.path, 'alice.conf');
  });

  afterAll(async () => {
    await hosts?.dispose();
    files?.remove();
  });

  /** Bob forgets what he received: alice counts from the beginning. */
  async function bobBegins(): Promise<void> {
    await hosts.bob.load(`${FLUSH}${mirrored(WITH_BOB)}${mirrored(WITH_OTHER)}`);
  }

  /** An ear that sends `payload` to bob when alice says that she is ready. */
  function listen(name: string, payload: Buffer): Promise<ServiceListener> {
    const { namespace } = hosts.alice;
    return startServiceListener(namespace, { name, address: BOB_ADDRESS, port: PORT, payload });
  }

  /** What alice's `ipseald` may do, from /proc. */
  function rights(): Record<string, string> {
    const status = readFileSync(`/proc/${hosts.alice.daemonPid}/status`, 'utf8');
    const found = [...status.matchAll(/^(Uid|CapPrm|CapEff|CapBnd|NoNewPrivs):\s*(\S+)/gm)];
    return Object.fromEntries(found.map(([, name = '', value = '']) => [name, value]));
  }

  describe.each([
    { who: 'root', uid: 0, place: 'an abstract name' },
    { who: 'a user without rights', uid: NOBODY_ID, place: 'a path' },
  ])('as $who with two capabilities', ({ uid, place }) => {
    let nobody: Nobody | null = null;
    let start: DaemonStart;
    let ear: ServiceListener;
    const first = newMarker();

    beforeAll(async () => {
      await bobBegins();
      const name = uid === 0 ? '@ipseal-test' : join(files.path, 'notify');
      ear = await listen(name, first);
      writeFileSync(file, `${FLUSH}${WITH_BOB}`);
      chownSync(file, uid, uid);
      chmodSync(file, 0o600);
      chownSync(dirname(hosts.alice.control), uid, uid);
      if (uid !== 0) nobody = makeNobody(TWO_CAPABILITIES);
      const words = nobody?.words ?? ['setpriv', ...TWO_CAPABILITIES, '--'];
      start = { words, args: ['-f', file], env: { NOTIFY_SOCKET: name, WATCHDOG_USEC: '300000' } };
    });

    afterAll(async () => {
      await hosts.alice.release();
      nobody?.remove();
    });

    test(`says over ${place} that it is ready when packets are protected`, async () => {
      const pcap = await captureDuring(hosts.alice, async () => {
        hosts.alice.launchDaemon(start);
        await ear.until(/^READY=1$/);
        await waitUntil('what was sent at once', () => atBob.count(first) > 0);
      });
      expect(containsMarker(pcap, first)).toBe(false);
      expect(await unprotectedLines(pcap)).toEqual([]);
      expect(ear.heard()[0]).toEqual(['READY=1', 'STATUS=2 SAs and 3 policies in force']);
      expect(rights()).toEqual({
        Uid: `${uid}`,
        CapPrm: BOTH,
        CapEff: BOTH,
        CapBnd: BOTH,
        NoNewPrivs: '1',
      });
    });

    test('protects and opens packets, takes changes, and counts', async () => {
      await ping(hosts.alice.namespace, BOB_ADDRESS, { length: 4000 });
      await hosts.alice.load(WITH_OTHER);
      await ping(hosts.alice.namespace, OTHER_ADDRESS);
      expect(await hosts.alice.discards()).toEqual({});
    });

    test('says that it is alive', async () => {
      const before = ear.heard().length;
      await waitUntil('three signs of life', () => ear.heard().length >= before + 3);
      expect(ear.heard().at(-1)).toEqual(['WATCHDOG=1']);
    });

    test('says that it stops, and packets are blocked from then on', async () => {
      const { status } = await hosts.alice.stopDaemon('SIGTERM');
      expect(status).toBe(0);
      await ear.until(/^STOPPING=1$/);
      const marker = newMarker();
      const pcap = await captureDuring(hosts.alice, async () => {
        const sender = await startDatagrams(hosts.alice.namespace, BOB_ADDRESS, PORT, marker);
        await waitUntil('attempts to send', () => sender.count() > 20);
        await sender.stop();
      });
      expect(containsMarker(pcap, marker)).toBe(false);
    });

    test('with a file that is wrong ends, never ready, and packets stay blocked', async () => {
      const before = ear.heard().length;
      writeFileSync(file, `${FLUSH}${WITH_BOB}spdadd 10.9.0.1;\n`);
      const { status, stderr } = await hosts.alice.launchDaemon(start).ended;
      await hosts.alice.stopDaemon();
      expect(status).toBe(1);
      expect(stderr).toMatch(/alice\.conf:7:\d+: error: /);
      // What it said last is heard a little later.
      const heard = () => ear.heard().slice(before).flat().join('\n');
      await waitUntil('its last word', () => heard() !== '');
      expect(heard()).toMatch(/^STATUS=.*alice\.conf:7:/);
      const again = await hosts.alice.namespace.run(['ping', '-c', '1', '-W', '1', BOB_ADDRESS]);
      expect(again.status).not.toBe(0);
    });
  });

  describe('at SIGHUP', () => {
    let ear: ServiceListener;
    const marker = newMarker();

    beforeAll(async () => {
      await bobBegins();
      ear = await listen('@ipseal-reload', newMarker());
      writeFileSync(file, `${FLUSH}${WITH_BOB}`);
      const env = { NOTIFY_SOCKET: '@ipseal-reload' };
      hosts.alice.launchDaemon({ args: ['-f', file], env });
      await ear.until(/^READY=1$/);
      await startDatagrams(hosts.alice.namespace, BOB_ADDRESS, PORT, marker);
      await waitUntil('traffic', () => atBob.count(marker) > 10);
    });

    async function sas(): Promise<ReadonlyMap<number, SaRecord>> {
      const records = await hosts.alice.ask((client) => collect(client.sas()));
      return new Map(records.map((record) => [record.parameters.spi, record]));
    }

    /** Has alice's file say `text` and be read again; gives back her words when she is done. */
    async function reload(text: string): Promise<string> {
      const before = ear.heard().length;
      writeFileSync(file, text);
      process.kill(hosts.alice.daemonPid, 'SIGHUP');
      await ear.until(/^READY=1$/, before);
      const [reloading, ready] = ear.heard().slice(before);
      expect(reloading).toEqual([
        'RELOADING=1',
        expect.stringMatching(/^MONOTONIC_USEC=\d+$/),
        'STATUS=Reading the files again',
      ]);
      return ready?.[1] ?? '';
    }

    test('what the file says anew is protected, and nothing else was touched', async () => {
      let discards = {};
      const pcap = await captureDuring(hosts.alice, async () => {
        discards = await hosts.bob.discardsDuring(async () => {
          const before = (await sas()).get(0x1000);
          const status = await reload(`${FLUSH}${WITH_BOB}${WITH_OTHER}`);
          expect(status).toBe('STATUS=4 SAs and 6 policies in force; 5 changed');
          const after = (await sas()).get(0x1000);
          expect(after?.addedAt).toBe(before?.addedAt);
          expect(after?.sequenceNumber).toBeGreaterThanOrEqual(before?.sequenceNumber ?? 0);
          const received = atBob.count(marker);
          await waitUntil('traffic', () => atBob.count(marker) > received + 10);
          await ping(hosts.alice.namespace, OTHER_ADDRESS);
        });
      });
      // No sequence number was used twice: bob has a replay window.
      expect(discards).toEqual({});
      expect(containsMarker(pcap, marker)).toBe(false);
      expect(await unprotectedLines(pcap)).toEqual([]);
    });

    test('what is wrong is told with its place, and all is as it was', async () => {
      const before = [...(await sas()).keys()];
      const status = await reload(`${FLUSH}${WITH_BOB}spdadd 10.9.0.1 10.9.0.2 any -P out nne;\n`);
      expect(status).toMatch(
        /^STATUS=Not reloaded, all is as it was: .*alice\.conf:7:\d+: error: "nne" /,
      );
      expect([...(await sas()).keys()]).toEqual(before);
      await ping(hosts.alice.namespace, OTHER_ADDRESS);
    });

    test('what the file says no more is protected no more', async () => {
      const status = await reload(`${FLUSH}${WITH_BOB}`);
      expect(status).toBe('STATUS=2 SAs and 3 policies in force; 5 changed');
      expect([...(await sas()).keys()].sort()).toEqual([0x1000, 0x1001]);
      const received = atBob.count(marker);
      await waitUntil('traffic', () => atBob.count(marker) > received + 10);
    });
  });
});
