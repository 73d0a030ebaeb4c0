import { describe, expect, test } from 'vitest';
import { ALICE, address, BOB } from '../../test/support/packets.ts';
import { espSa, inUdp, opposite } from '../../test/support/sas.ts';
import { nodeProvider } from '../crypto/node-provider.ts';
import { UNLIMITED } from '../ipsec/lifetime.ts';
import { Sa } from '../ipsec/sa.ts';
import type { SaParameters, UdpEnd } from '../ipsec/sa-parameters.ts';
import { Sad } from '../ipsec/sad.ts';
import { sumOctets } from '../octets/checksum.ts';
import { toHex } from '../octets/hex.ts';
import { checkUdp } from '../wire/udp.ts';
import { Keepalives, makeKeepalive } from './keepalives.ts';

const CRYPTO = nodeProvider({ octets: new Uint8Array(1024) });
const IDLE_MS = 20_000;
const HERE: UdpEnd = { address: ALICE, port: 4500 };
const THERE: UdpEnd = { address: BOB, port: 4500 };

/** A SAD and its keepalives, with what was sent: when, and to which port. */
class Bench {
  sad = new Sad();
  readonly sent: [ms: number, port: number][] = [];
  readonly #keepalives: Keepalives;
  #now = 0;

  constructor(idleMs = IDLE_MS) {
    this.#keepalives = new Keepalives(idleMs, (source, { port }) => {
      if (source.address === ALICE) this.sent.push([this.#now, port]);
    });
  }

  add(parameters: SaParameters): Sa {
    const sa = new Sa(parameters, CRYPTO, this.#now);
    this.sad.add(sa);
    return sa;
  }

  /** Lets time go by in steps of half a second; `each` is called before every look. */
  until(end: number, each: (now: number) => void = () => undefined): void {
    for (; this.#now <= end; this.#now += 500) {
      each(this.#now);
      while (this.#keepalives.look(this.sad, this.#now));
    }
  }
}

describe('Keepalives', () => {
  test('go to a peer that was never sent anything, at once and then as often as it is due', () => {
    const bench = new Bench();
    bench.add(inUdp(espSa()));
    bench.until(41_000);
    expect(bench.sent).toEqual([
      [0, 4500],
      [20_000, 4500],
      [40_000, 4500],
    ]);
  });

  test('do not go while something else does, and go again that long after (RFC 3948 §4)', () => {
    const bench = new Bench();
    const sa = bench.add(inUdp(espSa()));
    bench.until(100_000, (now) => {
      if (now <= 70_000 && now % 10_000 === 0) sa.use(100, now);
    });
    expect(bench.sent).toEqual([[90_000, 4500]]);
  });

  test('do not go where another SA of the same two ends is in use', () => {
    const bench = new Bench();
    bench.add(inUdp(espSa()));
    const used = bench.add(inUdp(espSa({ spi: 0x202 })));
    const other = inUdp(espSa({ spi: 0x203 }), 4500, 4501);
    bench.add(other);
    bench.until(30_000, (now) => used.use(100, now));
    expect(bench.sent).toEqual([
      [0, 4501],
      [20_000, 4501],
    ]);
  });

  test('go for no SA of plain ESP, of the other direction, or past its lifetime', () => {
    const bench = new Bench();
    bench.add(espSa());
    bench.add(opposite(inUdp(espSa({ spi: 0x203 }))));
    bench.add(inUdp(espSa({ spi: 0x202, hardLifetime: { ...UNLIMITED, seconds: 10 } })));
    bench.until(60_000);
    expect(bench.sent).toEqual([[0, 4500]]);
  });

  test('end with their SA, and go on over a commit that leaves it', () => {
    const bench = new Bench();
    const sa = bench.add(inUdp(espSa()));
    bench.until(10_000);
    bench.sad = new Sad(bench.sad.all);
    bench.until(25_000);
    expect(bench.sent.map(([ms]) => ms)).toEqual([0, 20_000]);
    bench.sad.remove(sa);
    bench.until(90_000);
    expect(bench.sent).toHaveLength(2);
  });

  test('never go when they are switched off', () => {
    const bench = new Bench(0);
    bench.add(inUdp(espSa()));
    bench.until(60_000);
    expect(bench.sent).toEqual([]);
  });

  test('of many peers go a slice at a time', () => {
    const sad = new Sad();
    for (let k = 0; k < 1000; k++) {
      sad.add(new Sa(inUdp(espSa({ spi: 0x1000 + k }), 4500, 1 + k), CRYPTO, 0));
    }
    let sent = 0;
    const keepalives = new Keepalives(IDLE_MS, () => {
      sent += 1;
    });
    let looks = 1;
    while (keepalives.look(sad, 0)) looks += 1;
    expect(sent).toBe(1000);
    expect(looks).toBeGreaterThan(5);
  });
});

describe('makeKeepalive()', () => {
  function made(source: UdpEnd, destination: UdpEnd): Uint8Array {
    const octets = new Uint8Array(128).fill(0xa5);
    const packet = { memory: { octets }, at: 16, length: 0 };
    makeKeepalive(source, destination, packet);
    return octets.slice(16, 16 + packet.length);
  }

  test('is one octet of ones from port to port, without a checksum (RFC 3948 §2.3)', () => {
    const octets = made(HERE, { ...THERE, port: 31234 });
    expect(toHex(octets)).toMatch(/^4500001d000000004011....0a0900010a09000211947a0200090000ff$/);
    expect(0xffff & ~fold(sumOctets(octets, 0, 20, 0))).toBe(0);
  });

  test('has a checksum over IPv6', () => {
    const [here, there] = [address('fd09::1'), address('fd09::2')];
    const octets = made({ address: here, port: 4500 }, { address: there, port: 4500 });
    expect(octets).toHaveLength(49);
    expect(checkUdp(octets, 40, 9)).toBeNull();
    expect(octets.at(-1)).toBe(0xff);
    // Over the pseudo header, of addresses, length and protocol, and the datagram itself.
    expect(0xffff & ~fold(sumOctets(octets, 8, 32, 17 + 9) + sumOctets(octets, 40, 9, 0))).toBe(0);
  });
});

/** One's complement: the carries come back. */
function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}
