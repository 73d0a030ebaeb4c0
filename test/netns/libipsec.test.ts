/**
 * strongSwan's userspace ESP as the peer. Two charons negotiate; then one is killed, and `ipseald`
 * goes on in its place with the same keys.
 *
 *     alice  charon, then ipseald ════ ESP in UDP, tunnel mode ════ bob  charon with libipsec
 *     192.0.2.1                    10.9.0.1         10.9.0.2             192.0.2.2
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AES_CBC } from '../../src/crypto/aes-cbc.ts';
import { AES_GCM_16 } from '../../src/crypto/aes-gcm.ts';
import { HMAC_SHA256 } from '../../src/crypto/hmac-sha2.ts';
import { Secret } from '../../src/crypto/secret.ts';
import type { Change } from '../../src/ipsec/change.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import { hostPrefix } from '../../src/net/prefix.ts';
import { tcpdumpLines } from '../lab/capture.ts';
import { Charon, type Child, type NegotiatedSa } from '../lab/strongswan.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  ALICE_ADDRESS,
  BOB_ADDRESS,
  captureDuring,
  type Hosts,
  makeHosts,
} from '../support/hosts.ts';
import { ALICE, address, BOB } from '../support/packets.ts';
import { addPolicy, addSa, espSa, inUdp, policy, protect, tunnel } from '../support/sas.ts';
import { containsMarker, exchange, newMarker, ping } from '../support/traffic.ts';

/** As alice has them. */
const CHILDREN: readonly (Child & { readonly title: string })[] = [
  {
    ...{ name: 'gcm', title: 'AES-GCM', proposal: 'aes128gcm16' },
    ...{ local: '192.0.2.1', remote: '192.0.2.2' },
  },
  {
    ...{ name: 'cbc', title: 'AES-CBC with HMAC-SHA-256-128', proposal: 'aes256-sha256' },
    ...{ local: '192.0.2.129', remote: '192.0.2.130' },
  },
];

function algorithmsOf({ encryptionKey, integrityKey }: NegotiatedSa): Partial<SaParameters> {
  const key = new Secret(encryptionKey);
  if (integrityKey === null) {
    return { encryption: { algorithm: AES_GCM_16, key }, integrity: null };
  }
  const { icvLength } = HMAC_SHA256;
  return {
    encryption: { algorithm: AES_CBC, key },
    integrity: { algorithm: HMAC_SHA256, key: new Secret(integrityKey), icvLength },
  };
}

/** What alice needs to go on with one child; `reqid` keeps it apart from others. */
function takeOver(
  { local, remote }: Child,
  sent: NegotiatedSa,
  received: NegotiatedSa,
  reqid: number,
): Change[] {
  const common = { mode: 'tunnel', reqid } as const;
  const [source, destination] = [ALICE, BOB];
  const out = { ...common, ...algorithmsOf(sent), spi: sent.spi, source, destination };
  const into = { ...common, ...algorithmsOf(received), spi: received.spi };
  const action = protect(tunnel('esp', ALICE, BOB, 'require', reqid));
  const hosts = {
    localAddress: hostPrefix(address(local)),
    remoteAddress: hostPrefix(address(remote)),
  };
  return [
    addSa(inUdp(espSa(out))),
    addSa(inUdp(espSa({ ...into, source: BOB, destination: ALICE }))),
    addPolicy(policy('outbound', action, hosts)),
    addPolicy(policy('inbound', action, hosts)),
  ];
}

describeNetns("strongSwan's libipsec", () => {
  let hosts: Hosts;
  let peer: Charon;

  beforeAll(async () => {
    hosts = await makeHosts([]);
    const { alice, bob } = hosts;
    const turned = CHILDREN.map((child) => ({
      ...child,
      local: child.remote,
      remote: child.local,
    }));
    const ends = { local: ALICE_ADDRESS, remote: BOB_ADDRESS };
    for (const { local, remote } of CHILDREN) {
      await alice.namespace.addAddress('lo', `${local}/32`);
      await bob.namespace.addAddress('lo', `${remote}/32`);
      await alice.namespace.ip('route', 'add', remote, 'via', BOB_ADDRESS, 'src', local);
    }
    const charon = await Charon.start(alice.namespace, { ...ends, children: CHILDREN });
    peer = await Charon.start(bob.namespace, {
      ...{ local: ends.remote, remote: ends.local },
      children: turned,
    });
    const changes: Change[] = [];
    for (const [place, child] of CHILDREN.entries()) {
      const { outbound, inbound } = await charon.initiate(child.name);
      changes.push(...takeOver(child, outbound, inbound, place + 1));
    }
    await charon.kill();
    await alice.startDaemon();
    await alice.ask((client) => client.commit(changes));
  });

  afterAll(async () => {
    await peer?.kill();
    await hosts?.dispose();
  });

  test.each(CHILDREN)('and ipseald understand each other under $title', async (child) => {
    const { alice, bob } = hosts;
    const marker = newMarker();
    let discards = {};
    const pcap = await captureDuring(bob, async () => {
      discards = await alice.discardsDuring(async () => {
        for (const length of [56, 1300]) {
          await ping(alice.namespace, child.remote, { length, marker });
          await ping(bob.namespace, child.local, { length, marker });
        }
        await exchange({
          ...{ asking: alice.namespace, answering: bob.namespace, address: child.remote },
          ...{ port: 5000, marker, tcpLength: 200_000, udpLengths: [1, 1300] },
        });
        await exchange({
          ...{ asking: bob.namespace, answering: alice.namespace, address: child.local },
          ...{ port: 5001, marker, tcpLength: 200_000, udpLengths: [1, 1300] },
        });
      });
    });
    expect(containsMarker(pcap, marker)).toBe(false);
    const lines = await tcpdumpLines(pcap, ['-t', 'ip']);
    expect(lines.filter((line) => !line.includes('UDP-encap: ESP('))).toEqual([]);
    expect(lines.length).toBeGreaterThan(200);
    expect(Object.keys(discards).filter((reason) => reason !== 'out-too-big')).toEqual([]);
  });
});
