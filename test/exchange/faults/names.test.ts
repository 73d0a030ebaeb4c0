/**
 * Packets that name an SA which is not there, or not for them.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';
import { setU32 } from '../../../src/octets/octets.ts';
import { generator } from '../../support/generator.ts';
import {
  becomes,
  bobsSas,
  type NamedProtection,
  outermostSa,
  PROTECTIONS,
  pairUnder,
  sealedBy,
  smallPacket,
} from '../../support/protections.ts';

/** `sealed` with another SPI in its outermost layer. */
function named(protection: NamedProtection, sealed: Uint8Array, spi: number): Uint8Array {
  const { protocol, encapsulation } = outermostSa(protection);
  const headerLength = protection.outer === 4 ? 20 : 40;
  const copy = sealed.slice();
  const at = headerLength + (encapsulation === null ? 0 : 8) + (protocol === 'ah' ? 4 : 0);
  setU32(copy, at, spi);
  return copy;
}

describe('an SPI', () => {
  test.each(PROTECTIONS)('that is reserved, unknown or another’s: $name', (protection) => {
    const packet = smallPacket(protection);
    const sealed = sealedBy(pairUnder(protection), packet);
    const pair = pairUnder(protection);
    const before = bobsSas(pair);
    const inUdp = outermostSa(protection).encapsulation !== null;
    // RFC 4303 §2.1; in UDP, zeros are what IKE begins with (RFC 3948 §2.2).
    const none = inUdp ? ['in-tmpl-mismatch', 'in-pol-block'] : ['in-hdr-error'];
    expect(none).toContain(becomes(pair, named(protection, sealed, 0)));
    const random = generator(1);
    const reserved = Array.from({ length: 255 }, (_, k) => k + 1);
    const unknown = Array.from({ length: 200 }, () => 0x10000 + random(2 ** 31));
    // Of the SA for the other way, which Bob has, too.
    const others = [outermostSa(protection).spi + 0x1000, 0xffffffff, 0x80000000];
    for (const spi of [...reserved, ...unknown, ...others]) {
      expect(becomes(pair, named(protection, sealed, spi)), `${spi}`).toBe('in-no-states');
    }
    expect(bobsSas(pair)).toEqual(before);
    expect(becomes(pair, sealed)).toEqual(packet);
  });

  test.each(PROTECTIONS)('of the same number in another protocol: $name', (protection) => {
    const sealed = sealedBy(pairUnder(protection), smallPacket(protection));
    const other = PROTECTIONS.filter(
      ({ outer, inner, layers }) =>
        layers.length === 1 && outer === protection.outer && inner === protection.inner,
    ).find((each) => outermostSa(each).protocol !== outermostSa(protection).protocol);
    if (other === undefined) throw new Error('Bug: nothing else');
    const pair = pairUnder(other);
    const before = bobsSas(pair);
    const outcome = becomes(pair, named(protection, sealed, outermostSa(other).spi));
    expect(['in-no-states', 'in-tmpl-mismatch', 'in-pol-block']).toContain(outcome);
    expect(bobsSas(pair)).toEqual(before);
  });
});
