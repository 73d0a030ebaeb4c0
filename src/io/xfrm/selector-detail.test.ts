import { expect, test } from 'vitest';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { detailFromKernel, detailToKernel, hasDetail } from './selector-detail.ts';

const { icmp, gre, 'ipv6-icmp': icmpv6, 'mobility-header': mobility } = IP_PROTOCOL;
const any = { port: 0, portMask: 0 };
const only = (port: number) => ({ port, portMask: 0xffff });

test.each([
  ['all of ICMP', icmp, { message: null, greKey: null }, [any, any]],
  ['an echo', icmp, { message: { type: 8, code: null }, greKey: null }, [only(8), any]],
  ['type 0 and code 0', icmp, { message: { type: 0, code: 0 }, greKey: null }, [only(0), only(0)]],
  ['a code', icmpv6, { message: { type: null, code: 4 }, greKey: null }, [any, only(4)]],
  [
    'a binding update',
    mobility,
    { message: { type: 5, code: null }, greKey: null },
    [only(5), any],
  ],
  ['a small key', gre, { message: null, greKey: 1234 }, [only(0), only(1234)]],
  ['a large key', gre, { message: null, greKey: 0xfffefffd }, [only(0xfffe), only(0xfffd)]],
] as const)('%s goes to the kernel and comes back', (_, protocol, detail, ports) => {
  expect(hasDetail(protocol)).toBe(true);
  expect(detailToKernel(detail)).toEqual(ports);
  expect(detailFromKernel(protocol, ports)).toEqual(detail);
});

test.each([
  ['half a key', gre, [any, only(1234)]],
  ['a few bits of a type', icmp, [{ port: 8, portMask: 8 }, any]],
  ['a type of 9 bits', icmp, [only(256), any]],
] as const)('%s has no words', (_, protocol, ports) => {
  expect(detailFromKernel(protocol, ports)).toBeNull();
});

test.each([6, 17, 50, 'any'] as const)('packets of %s have ports, or nothing', (protocol) => {
  expect(hasDetail(protocol)).toBe(false);
});
