import { expect, test } from 'vitest';
import { ENDS, policyOf, sainfo } from '../../../../test/support/quick-mode.ts';
import { UNLIMITED } from '../../../ipsec/lifetime.ts';
import { toHex } from '../../../octets/hex.ts';
import { Malformed } from '../../../octets/malformed.ts';
import type { Agreement } from '../../agreement.ts';
import { bundleOf } from '../../bundle.ts';
import { protectionsOf } from '../../protection.ts';
import { parseResponderLifetime, responderLifetimes, shortened } from './responder-lifetime.ts';

const AGREEMENT: Agreement = {
  group: null,
  layers: bundleOf(policyOf('outbound', 'ipcomp/transport esp/transport'), null, ENDS).map(
    (layer) => ({
      layer,
      protection: protectionsOf(layer.protocol, sainfo())[0] ?? expect.unreachable(),
      inUdp: false,
      extendedSequenceNumbers: false,
      lifetime: { ...UNLIMITED, seconds: 900 },
      inboundSpi: 0x1000,
      outboundSpi: 0x2000,
    }),
  ),
};

test('each layer is told of by its SPI, the outermost first', () => {
  const told = responderLifetimes(AGREEMENT);
  expect(told.map(({ protocolId, spi, data }) => [protocolId, toHex(spi), toHex(data)])).toEqual([
    [3, '00001000', '8001000180020384'],
    [4, '1000', '8001000180020384'],
  ]);
  for (const each of told)
    expect(parseResponderLifetime(each)).toEqual({ ...UNLIMITED, seconds: 900 });
});

test('what is told makes lives shorter, never longer', () => {
  const lives = (seconds: number, octets: number) =>
    shortened(AGREEMENT, { ...UNLIMITED, seconds, octets }).layers.map(
      ({ lifetime }) => lifetime,
    )[0];
  expect(lives(600, 0)).toEqual({ ...UNLIMITED, seconds: 600 });
  expect(lives(3600, 4096)).toEqual({ ...UNLIMITED, seconds: 900, octets: 4096 });
  expect(lives(0, 0)).toEqual({ ...UNLIMITED, seconds: 900 });
});

test('a lifetime without its type is none', () => {
  const [told] = responderLifetimes(AGREEMENT);
  if (told === undefined) expect.unreachable();
  expect(parseResponderLifetime({ ...told, data: told.data.subarray(4) })).toBeInstanceOf(
    Malformed,
  );
});
