/**
 * Two hosts as Red Hat's scripts set them up for a pre-shared key: the files as they stand, `ifup-ipsec`,
 * racoon. The first ping has them negotiate AH and ESP, and goes when they have.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect } from '../../src/ipsec/backend.ts';
import { tcpdumpLines } from '../lab/capture.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import type { Command } from '../lab/command.ts';
import { describeNetns } from '../lab/tier.ts';
import { sharedPath } from '../support/examples.ts';
import { captureDuring, type Hosts, makeHosts, type TestHost } from '../support/hosts.ts';
import { RedHatHost } from '../support/red-hat.ts';
import { containsMarker, newMarker, ping } from '../support/traffic.ts';

const GIVEN = sharedPath('examples', 'redhat-psk');
const KEYS_MADE = /INFO: IPsec-SA established: AH\/Transport .*\n.*IPsec-SA established: ESP/;

describeNetns('the PSK pair of Red Hat', () => {
  describe.skipIf(GIVEN === null).each([
    ['alice', 'bob'],
    ['bob', 'alice'],
  ] as const)('where %s pings first', (first, second) => {
    let hosts: Hosts;
    let folder: TemporaryDirectory;
    const racoons = new Map<TestHost, Command>();

    beforeAll(async () => {
      folder = makeTemporaryDirectory();
      hosts = await makeHosts([]);
      const { alice, bob } = hosts;
      const given = (file: string) => join(GIVEN ?? '', file);
      const start = async (name: 'alice' | 'bob', peer: TestHost) => {
        const host = new RedHatHost(hosts[name], join(folder.path, name));
        for (const file of ['ifcfg-ipsec0', 'keys-ipsec0']) {
          host.put(given(`${name}.${file}`), 'network-scripts', file);
        }
        for (const file of ['racoon.conf', `${peer.address}.conf`]) {
          host.put(given(`${name}.${file}`), 'racoon', file);
        }
        const racoon = await host.startRacoon();
        racoons.set(host.host, racoon);
        expect(await host.ifup('ipsec0')).toContain('racoon was told to read its files again');
        await racoon.until(/configuration reloaded/);
        const keys = readFileSync(host.path('racoon', 'psk.txt'), 'utf8').split('\n');
        expect(keys).toContain(`${peer.address}  foobarbaz`);
      };
      await Promise.all([start('alice', bob), start('bob', alice)]);
    });

    afterAll(async () => {
      await hosts?.dispose();
      folder?.remove();
    });

    test('its ping has keys negotiated, and all that follows has AH and ESP', async () => {
      const [asking, answering] = [hosts[first], hosts[second]];
      const marker = newMarker();
      const pcap = await captureDuring(hosts.bob, async () => {
        await ping(asking.namespace, answering.address, { marker, waitSeconds: 25 });
        for (const host of [asking, answering]) await racoons.get(host)?.until(KEYS_MADE);
        await ping(asking.namespace, answering.address, { marker });
        await ping(answering.namespace, asking.address, { marker });
      });
      expect(containsMarker(pcap, marker)).toBe(false);
      const lines = await tcpdumpLines(pcap, ['-t', 'ip']);
      const exchanges = lines.flatMap((line) => / isakmp: (phase 1 . \w+)/.exec(line)?.[1] ?? []);
      expect(exchanges).toEqual(['phase 1 I agg', 'phase 1 R agg', 'phase 1 I agg']);
      const answer = ['-v', 'udp[26] = 4 and src host', answering.address];
      const chosen = (await tcpdumpLines(pcap, answer)).join();
      for (const value of ['3des', 'sha1', 'preshared', 'modp1024']) {
        expect(chosen).toContain(`value=${value}`);
      }
      const clear = lines.filter((line) => !/ isakmp: |: AH\(.*\): ESP\(/.test(line));
      expect(clear).toEqual([]);
      const sas = await asking.ask((client) => collect(client.sas()));
      const algorithms = sas.map(({ parameters: { protocol, encryption, integrity } }) =>
        [protocol, encryption?.algorithm.name, integrity?.algorithm.name].join(' '),
      );
      const [ah, esp] = ['ah  hmac-sha1', 'esp 3des-cbc hmac-sha1'];
      expect(algorithms.sort()).toEqual([ah, ah, esp, esp]);
    });
  });
});
