import { describe, expect, test } from 'vitest';
import { memoryFor } from '../../test/support/data-path.ts';
import { ALICE, address, BOB, countedOctets, udpPacket } from '../../test/support/packets.ts';
import { addPolicy, addSa, ahSa, espSa, layer, policy, protect } from '../../test/support/sas.ts';
import { nodeProvider } from '../crypto/node-provider.ts';
import { type IpAddress, ipAddressAt } from '../net/ip-address.ts';
import type { AcquireListener } from './acquire.ts';
import type { Change } from './change.ts';
import { Databases } from './databases.ts';
import { Outbound } from './outbound.ts';
import type { Policy } from './policy.ts';

const NETWORK = { address: address('10.0.0.0'), length: 8 };
const PROTECTED = policy('outbound', protect(layer('esp'), layer('ah')), {
  remoteAddress: NETWORK,
});

/** What a host's listener hears. */
class Host {
  readonly heard: { policy: Policy; template: number; remote: IpAddress; port: number }[] = [];
  readonly #outbound: Outbound;
  readonly #crypto = nodeProvider({ octets: new Uint8Array(memoryFor(512)) });
  readonly #databases = new Databases(this.#crypto);

  constructor(...changes: Change[]) {
    this.#databases.commit(changes, 0, () => undefined);
    const listener: AcquireListener = (which, template, traffic) => {
      const { version, octets, remoteAddressAt, remotePort } = traffic;
      const remote = ipAddressAt(version, octets, remoteAddressAt);
      this.heard.push({ policy: which, template, remote, port: remotePort });
    };
    this.#outbound = new Outbound(this.#databases, listener);
  }

  send(now: number, destination = BOB, destinationPort = 5000): string {
    const octets = udpPacket(countedOctets(8), { destination, destinationPort });
    const packet = { memory: this.#crypto.memory, at: 1024, length: octets.length };
    packet.memory.octets.set(octets, packet.at);
    return this.#outbound.decide(packet, now);
  }
}

describe('a packet that no SA serves', () => {
  test('is told of, with the policy, the layer that lacks one, and itself', () => {
    const host = new Host(addPolicy(PROTECTED), addSa(espSa()));
    expect(host.send(0)).toBe('out-no-states');
    expect(host.heard).toEqual([{ policy: PROTECTED, template: 1, remote: BOB, port: 5000 }]);
  });

  test('is not, where an SA serves, no policy asks, or the layer is optional', () => {
    const optional = policy('outbound', protect(layer('esp', 'use')));
    const served = new Host(addPolicy(PROTECTED), addSa(espSa()), addSa(ahSa()));
    expect(served.send(0)).toBe('protect');
    const without = new Host(addPolicy(optional));
    expect(without.send(0)).toBe('bypass');
    expect(new Host().send(0)).toBe('unmatched');
    expect([...served.heard, ...without.heard]).toEqual([]);
  });

  test('goes nowhere where nobody listens, too', () => {
    const crypto = nodeProvider({ octets: new Uint8Array(memoryFor(512)) });
    const databases = new Databases(crypto);
    databases.commit([addPolicy(PROTECTED)], 0, () => undefined);
    const octets = udpPacket(countedOctets(8));
    crypto.memory.octets.set(octets, 1024);
    const packet = { memory: crypto.memory, at: 1024, length: octets.length };
    expect(new Outbound(databases).decide(packet, 0)).toBe('out-no-states');
  });
});

describe('the listener is left in peace', () => {
  test('for a second about one policy and pair of addresses, whatever the ports', () => {
    const host = new Host(addPolicy(PROTECTED));
    for (let now = 0; now < 3000; now += 10) host.send(now, BOB, now + 1);
    expect(host.heard.map(({ port }) => port)).toEqual([1, 1001, 2001]);
  });

  test('but hears of other addresses and of other policies at once', () => {
    const udp = policy('outbound', protect(layer('ah')), { nextLayerProtocol: 17, priority: 1 });
    const host = new Host(addPolicy(PROTECTED));
    const [carol, dave] = [address('10.9.0.3'), address('10.9.0.4')];
    for (const to of [BOB, carol, BOB, dave, carol]) host.send(0, to);
    expect(host.heard.map(({ remote }) => remote)).toEqual([BOB, carol, dave]);
    const two = new Host(addPolicy(PROTECTED), addPolicy(udp));
    two.send(0, BOB);
    two.send(0, carol);
    expect(two.heard.map((each) => each.policy)).toEqual([udp, PROTECTED]);
  });

  test('when every address is tried: so many a second, and no more', () => {
    const host = new Host(addPolicy(PROTECTED));
    const at = (k: number): IpAddress => ({
      version: 4,
      octets: Uint8Array.of(10, k >> 16, k >> 8, k),
    });
    for (let k = 0; k < 5000; k++) host.send(0, at(k));
    expect(host.heard).toHaveLength(1024);
    for (let k = 0; k < 5000; k++) host.send(999, at(k));
    expect(host.heard).toHaveLength(1024);
    host.send(1000, at(4999));
    expect(host.heard).toHaveLength(1025);
  });

  test('and not for long when the clock is set back', () => {
    const host = new Host(addPolicy(PROTECTED));
    for (const now of [10 ** 9, 5, 6]) host.send(now);
    expect(host.heard).toHaveLength(2);
  });
});

test('what is heard of is what was sent', () => {
  const host = new Host(addPolicy(policy('outbound', protect(layer('esp')))));
  host.send(0);
  expect(host.heard[0]?.policy.selector.localAddress.address).toEqual(ALICE);
});
