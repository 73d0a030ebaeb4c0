import { describe, expect, test } from 'vitest';
import { AES_CBC } from '../../crypto/aes-cbc.ts';
import { HMAC_SHA256 } from '../../crypto/hmac-sha2.ts';
import { NULL_INTEGRITY } from '../../crypto/null.ts';
import { Secret } from '../../crypto/secret.ts';
import { DEFLATE } from '../../ipsec/compression.ts';
import { UNLIMITED } from '../../ipsec/lifetime.ts';
import type { Policy } from '../../ipsec/policy.ts';
import { NO_EXTRAS, type SaParameters } from '../../ipsec/sa-parameters.ts';
import { NO_DETAIL } from '../../ipsec/selector.ts';
import { type IpAddress, parseIpAddress } from '../../net/ip-address.ts';
import { ANY_PORT, onePort } from '../../net/port-range.ts';
import { parseXfrmPolicy } from '../../netlink/xfrm-policy.ts';
import { newXfrmPolicy } from '../../netlink/xfrm-policy-request.ts';
import { emitXfrmSa, parseXfrmSa, type XfrmSa } from '../../netlink/xfrm-sa.ts';
import { Malformed } from '../../octets/malformed.ts';
import { policyFromKernel, saFromKernel } from './from-kernel.ts';
import { policyToKernel, saToKernel } from './to-kernel.ts';

const SA: SaParameters = {
  source: address('10.9.0.1'),
  destination: address('10.9.0.2'),
  protocol: 'esp',
  spi: 0x201,
  mode: 'transport',
  reqid: 7,
  replayWindow: 64,
  encryption: { algorithm: AES_CBC, key: key(16) },
  integrity: { algorithm: HMAC_SHA256, key: key(32), icvLength: 12 },
  ...NO_EXTRAS,
  softLifetime: { seconds: 50, octets: 900, packets: 9 },
  hardLifetime: { seconds: 60, octets: 1000, packets: 10 },
};

const NO_INTEGRITY = { algorithm: NULL_INTEGRITY, key: key(0), icvLength: 0 };
const NAT = { sourcePort: 4500, destinationPort: 50000, originalAddress: null };
const IPCOMP: Partial<SaParameters> = {
  protocol: 'ipcomp',
  encryption: null,
  integrity: null,
  compression: DEFLATE,
  replayWindow: 0,
};

describe('an SA', () => {
  test.each<[string, Partial<SaParameters>]>([
    ['ESP in transport mode', {}],
    ['ESP in a tunnel', { mode: 'tunnel', replayWindow: 32 }],
    ['AH', { protocol: 'ah', encryption: null }],
    ['IPv6', { source: address('fd09::1'), destination: address('fd09::2'), replayWindow: 0 }],
    ['ESP without integrity', { integrity: null }],
    ['ESP with integrity in name only', { integrity: NO_INTEGRITY }],
    ['IPComp', IPCOMP],
    ['IPComp in a tunnel', { ...IPCOMP, mode: 'tunnel' }],
    ['ESP in UDP', { encapsulation: NAT }],
    [
      'ESP in UDP, of a peer that has another address',
      { encapsulation: { ...NAT, originalAddress: address('192.168.1.2') } },
    ],
    ['extended sequence numbers', { extendedSequenceNumbers: true, replayWindow: 4 }],
    [
      'extended sequence numbers in a tunnel',
      { extendedSequenceNumbers: true, replayWindow: 128, mode: 'tunnel' },
    ],
    ['no soft lifetime', { softLifetime: UNLIMITED }],
    ['no hard lifetime', { hardLifetime: UNLIMITED }],
    ['a hard lifetime in packets alone', { hardLifetime: { ...UNLIMITED, packets: 1 } }],
    ['a security context', { securityContext: { doi: 1, algorithm: 1, label: 'a:b:c:s0' } }],
  ])('comes back from the kernel as it went: %s', (_, parts) => {
    const sa = { ...SA, ...parts };
    expect(saFromKernel(told(sa), 0)?.parameters).toEqual(sa);
  });

  test.each([
    ['mature', { addTime: 1000, octets: 0 }, 1_049_999],
    ['dying of age', { addTime: 1000, octets: 0 }, 1_050_000],
    ['dead of age', { addTime: 1000, octets: 0 }, 1_060_000],
    ['dying of use', { addTime: 1000, octets: 900 }, 1_000_000],
    ['dead of use', { addTime: 1000, octets: 1000 }, 1_000_000],
    ['mature with a packet left', { addTime: 1000, octets: 0, packets: 8 }, 1_000_000],
    ['dying of packets', { addTime: 1000, octets: 0, packets: 9 }, 1_000_000],
    ['dead of packets', { addTime: 1000, octets: 0, packets: 10 }, 1_000_000],
  ])('is %s when its limits say so', (state, usage, now) => {
    const sa = { ...told(SA), usage: { packets: 1, useTime: 1001, ...usage } };
    expect(saFromKernel(sa, now)).toMatchObject({
      state: state.split(' ')[0],
      addedAt: 1_000_000,
      usedAt: 1_001_000,
    });
  });

  test('is larval while it has no algorithm', () => {
    const larval = { ...told(SA), encryption: null, integrity: null };
    expect(saFromKernel(larval, 0)?.state).toBe('larval');
  });

  test('of others shows the kernel’s name of what we do not know, and can not be computed', () => {
    const encryption = { name: 'cbc(serpent)', key: new Uint8Array(16) };
    const record = saFromKernel({ ...told(SA), encryption }, 0);
    const algorithm = record?.parameters.encryption?.algorithm;
    expect(algorithm).toMatchObject({ name: 'cbc(serpent)', keyBits: [128], ikev2: null });
    expect(algorithm?.openssl?.(128)).toBe('cbc(serpent)');
    expect(() => record && saToKernel(record.parameters, 3)).toThrow('does not know the algorithm');
  });

  test('has no record when it is of a protocol or mode that we have no words for', () => {
    expect(saFromKernel({ ...told(SA), protocol: 4 }, 0)).toBeNull();
    expect(saFromKernel({ ...told(SA), mode: 4 }, 0)).toBeNull();
    expect(saFromKernel({ ...told(SA), family: 0 }, 0)).toBeNull();
    const { options } = told({ ...SA, encapsulation: NAT });
    const inTcp = {
      ...options,
      encapsulation: options.encapsulation && { ...options.encapsulation, type: 7 },
    };
    expect(saFromKernel({ ...told(SA), options: inTcp }, 0)).toBeNull();
  });

  test('tells all 64 bits of its sequence number', () => {
    const replay = { ...told(SA).replay, sent: 5, sentHigh: 2 };
    expect(saFromKernel({ ...told(SA), replay }, 0)?.sequenceNumber).toBe(0x200000005);
  });

  test('is refused with unknown compression', () => {
    const lzs = { ...SA, ...IPCOMP, compression: { name: 'lzs', linux: 'lzs', transformId: 3 } };
    expect(() => saToKernel(lzs, 0)).toThrow('does not know the compression algorithm lzs');
  });
});

const BYPASS = { direction: 'outbound', action: { kind: 'bypass' }, priority: 1 } as const;

describe('a policy', () => {
  const selector = {
    localAddress: { address: address('10.1.2.3'), length: 16 },
    remoteAddress: { address: address('10.9.0.2'), length: 32 },
    nextLayerProtocol: 6,
    localPort: onePort(5901),
    remotePort: ANY_PORT,
    ...NO_DETAIL,
  };
  const tunnel = {
    protocol: 'esp',
    mode: 'tunnel',
    endpoints: { local: address('fd09::1'), remote: address('fd09::2') },
    level: 'require',
    reqid: 16,
  } as const;
  const layer = { ...tunnel, mode: 'transport', endpoints: null, level: 'use' } as const;

  test.each<Policy['direction']>(['outbound', 'inbound', 'forward'])(
    'comes back from the kernel as it went: %s',
    (direction) => {
      for (const action of [
        { kind: 'protect', templates: [layer, tunnel] },
        { kind: 'bypass' },
        { kind: 'discard' },
      ] as const) {
        const policy: Policy = { direction, selector, action, priority: 0xfffffffe };
        const kernel = parseXfrmPolicy(newXfrmPolicy(policyToKernel(policy, 0)).payload);
        expect(kernel).not.toBeInstanceOf(Malformed);
        if (kernel instanceof Malformed) continue;
        expect(policyFromKernel(kernel)?.policy).toEqual(policy);
        const [source] =
          direction === 'outbound' ? [kernel.selector.source] : [kernel.selector.destination];
        expect(source).toMatchObject({ prefixLength: 16, port: 5901, portMask: 0xffff });
      }
    },
  );

  test('with IPComp inside and a security context comes back as it went', () => {
    const policy: Policy = {
      ...BYPASS,
      selector: { ...selector, securityContext: { doi: 1, algorithm: 1, label: 'a:b:c:s0' } },
      action: { kind: 'protect', templates: [{ ...layer, protocol: 'ipcomp' }, tunnel] },
    };
    const kernel = parseXfrmPolicy(newXfrmPolicy(policyToKernel(policy, 0)).payload);
    if (kernel instanceof Malformed) throw new Error(String(kernel));
    expect(policyFromKernel(kernel)?.policy).toEqual(policy);
  });

  const anyPorts = { ...selector, localPort: ANY_PORT };

  test.each<Policy['direction']>(['outbound', 'inbound', 'forward'])(
    'about messages has type and code in the order of the packet: %s',
    (direction) => {
      const message = { type: 8, code: null };
      const icmp = { ...anyPorts, nextLayerProtocol: 1, message };
      const kernel = policyToKernel({ ...BYPASS, direction, selector: icmp }, 0);
      expect(kernel.selector.source).toMatchObject({ port: 8, portMask: 0xffff });
      expect(kernel.selector.destination).toMatchObject({ port: 0, portMask: 0 });
    },
  );

  test('about messages has neither ports nor the code that a mobility header lacks', () => {
    const icmp = { ...selector, nextLayerProtocol: 1 };
    expect(() => policyToKernel({ ...BYPASS, selector: icmp }, 0)).toThrow(
      'packets of icmp have no ports',
    );
    const mobility = { ...anyPorts, nextLayerProtocol: 135, message: { type: 5, code: 0 } };
    expect(() => policyToKernel({ ...BYPASS, selector: mobility }, 0)).toThrow(
      'a mobility header has a type and no code',
    );
  });

  test('for protocol 0 or a range of ports is refused', () => {
    const policy = { ...BYPASS, selector };
    const zero = { ...policy, selector: { ...selector, nextLayerProtocol: 0 } };
    expect(() => policyToKernel(zero, 0)).toThrow('does not tell protocol 0 from any');
    const range = { ...policy, selector: { ...selector, localPort: { first: 7, last: 9 } } };
    expect(() => policyToKernel(range, 0)).toThrow('a range of ports such as 7-9');
  });
});

/** What the kernel would tell of `sa`. */
function told(sa: SaParameters): XfrmSa {
  const kernel = parseXfrmSa(emitXfrmSa(saToKernel(sa, 0)));
  if (kernel instanceof Malformed) throw new Error(String(kernel));
  return kernel;
}

function key(length: number): Secret {
  return new Secret(Uint8Array.from({ length }, (_, k) => k));
}

function address(text: string): IpAddress {
  const found = parseIpAddress(text);
  if (found === undefined) throw new TypeError(`Cannot read "${text}" as an address`);
  return found;
}
