import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  address,
  ENDS,
  policyOf,
  selectorBetween,
  turned,
} from '../../../../test/support/quick-mode.ts';
import type { Selector } from '../../../ipsec/selector.ts';
import { onePort } from '../../../net/port-range.ts';
import { Malformed } from '../../../octets/malformed.ts';
import type { Identification } from '../../../wire/ikev1/identification.ts';
import { bundleOf } from '../../bundle.ts';
import { betweenHosts, identitiesOf, selectorOf } from './traffic.ts';

const bundle = (mode: string) => bundleOf(policyOf('outbound', `esp/${mode}`), null, ENDS);
const id = (type: number, ...data: number[]): Identification => ({
  kind: 'identification',
  type,
  protocol: 0,
  port: 0,
  data: Uint8Array.from(data),
});
const HOST = id(1, 10, 9, 0, 2);
/** What a responder makes of the initiator's identity beside a host of its own. */
const read = (IDci: Identification) =>
  selectorOf({ IDci, IDcr: id(1, 10, 9, 0, 1) }, 'responder', ENDS);

test('what a tunnel is for comes back as the same, seen from the other side', () => {
  const version = fc.constantFrom(4 as const, 6 as const);
  const traffic = version.chain((version) => {
    const bits = version === 4 ? 32 : 128;
    const prefix = fc
      .tuple(fc.uint8Array({ minLength: bits / 8, maxLength: bits / 8 }), fc.nat(bits))
      .map(([octets, length]) => ({ address: { version, octets }, length }));
    return fc.tuple(
      prefix,
      prefix,
      fc.constantFrom('any' as const, 6, 17, 1, 47),
      fc.nat(9),
      fc.nat(9),
    );
  });
  fc.assert(
    fc.property(traffic, ([localAddress, remoteAddress, protocol, one, other]) => {
      const ports = (k: number) => (k === 0 ? { first: 0, last: 0xffff } : onePort(k));
      const ported = protocol === 6 || protocol === 17;
      const selector: Selector = {
        ...selectorBetween('10.9.0.1', '10.9.0.2'),
        localAddress,
        remoteAddress,
        nextLayerProtocol: protocol,
        localPort: ports(ported ? one : 0),
        remotePort: ports(ported ? other : 0),
        message: protocol === 1 && one > 0 ? { type: one, code: other || null } : null,
      };
      const made = identitiesOf(selector, bundle('tunnel'), ENDS);
      const own = selectorOf(made, 'initiator', ENDS);
      const theirs = selectorOf(made, 'responder', turned(ENDS));
      if (own instanceof Malformed || theirs instanceof Malformed) expect.unreachable();
      expect({ ...own, localAddress, remoteAddress }).toEqual(selector);
      expect(own.localAddress.length).toBe(localAddress.length);
      expect(theirs).toEqual({
        ...own,
        localAddress: own.remoteAddress,
        remoteAddress: own.localAddress,
        localPort: own.remotePort,
        remotePort: own.localPort,
      });
    }),
  );
});

test('transport mode is for the hosts, and so is a quick mode without identities', () => {
  const networks = selectorBetween('10.0.0.0/8', '0.0.0.0/0', { nextLayerProtocol: 1 });
  const hosts = selectorBetween('10.9.0.1', '10.9.0.2', { nextLayerProtocol: 1 });
  expect(selectorOf(identitiesOf(networks, bundle('transport'), ENDS), 'initiator', ENDS)).toEqual(
    hosts,
  );
  expect(selectorOf(null, 'responder', ENDS)).toEqual(selectorBetween('10.9.0.1', '10.9.0.2'));
  expect(betweenHosts(networks, ENDS)).toEqual(hosts);
});

test('subnets, ranges that are prefixes, and names for the host that has them', () => {
  const remote = (identity: Identification) => {
    const found = read(identity);
    return found instanceof Malformed ? found.why : found.remoteAddress;
  };
  expect(remote(HOST)).toEqual({ address: address('10.9.0.2'), length: 32 });
  expect(remote(id(4, 10, 2, 0, 0, 255, 255, 0, 0))).toEqual({
    address: address('10.2.0.0'),
    length: 16,
  });
  expect(remote(id(4, 10, 2, 0, 0, 255, 0, 255, 0))).toBe('10.2.0.0 and 255.0.255.0 are no subnet');
  expect(remote(id(7, 10, 2, 0, 0, 10, 2, 0, 255))).toEqual({
    address: address('10.2.0.0'),
    length: 24,
  });
  expect(remote(id(7, 10, 2, 0, 1, 10, 2, 0, 9))).toBe(
    '10.2.0.1 and 10.2.0.9 are no ends of a prefix',
  );
  expect(remote(id(2, 0x61))).toEqual({ address: ENDS.remote, length: 32 });
  expect(remote(id(5, ...new Uint8Array(16)))).toBe('the two are of different IP versions');
  const both = { IDci: { ...HOST, protocol: 6 }, IDcr: { ...HOST, protocol: 17 } };
  expect(selectorOf(both, 'responder', ENDS)).toBeInstanceOf(Malformed);
});
