/**
 * Junk without end: the engine counts every packet of it, delivers what is genuine in between, and
 * does not grow.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { ENGINE_MEMORY_LENGTH } from '../../../src/dataplane/engine.ts';
import type { DiscardCounters } from '../../../src/ipsec/backend.ts';
import { setU32, u8 } from '../../../src/octets/octets.ts';
import { generator } from '../../support/generator.ts';
import { ipPacket } from '../../support/packets.ts';
import {
  outermostSa,
  PROTECTIONS,
  pairUnder,
  sealedBy,
  smallPacket,
} from '../../support/protections.ts';
import { SUBJECTS } from '../../vectors/crypto-subjects.ts';

const ROUNDS = 16;
const BATCH = 50;
/** As much as a heap may come and go by: the same for a hundred times the packets. */
const LEEWAY = 1 << 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Octets that live on the heap once all garbage is gone. */
function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const sum = (counts: DiscardCounters) => Object.values(counts).reduce((all, one) => all + one, 0);

const WAYS = PROTECTIONS.filter(
  ({ layers }) => layers.length === 1 && layers[0]?.tunnel === undefined,
);

describe.each(SUBJECTS)('with $name', ({ provider }) => {
  test.each(WAYS)('random octets under known names, fragments, copies: $name', (protection) => {
    const pair = pairUnder(protection, () => provider(ENGINE_MEMORY_LENGTH));
    const alice = pairUnder(protection);
    const sa = outermostSa(protection);
    const random = generator(5);
    const { source, destination } = sa;
    const protocol = sa.encapsulation === null ? { esp: 50, ah: 51, ipcomp: 108 }[sa.protocol] : 17;
    const octets = (length: number) => Uint8Array.from({ length }, () => random(256));
    const named = (): Uint8Array => {
      const payload = octets(80 + 4 * random(100));
      setU32(payload, sa.protocol === 'ah' ? 4 : 0, random(3) === 0 ? random(2 ** 32) : sa.spi);
      return ipPacket({ source, destination, protocol, payload });
    };
    const fragment = (k: number): Uint8Array => {
      const [offset, more] = [8 * random(4000), random(4) > 0];
      const parts = { source, destination, protocol, identification: k & 0xffff };
      return ipPacket({
        ...parts,
        payload: octets(8 * (1 + random(40))),
        fragment: { offset, more },
      });
    };
    const packet = smallPacket(protection);
    const junk = Array.from({ length: BATCH }, named);
    const fragments = Array.from({ length: BATCH }, (_, k) => fragment(k));

    let [sent, delivered] = [0, 0];
    const round = (): void => {
      const genuine = sealedBy(alice, packet);
      const broken = genuine.slice();
      broken[genuine.length - 1] = u8(genuine, genuine.length - 1) ^ 1;
      const counted = [...junk, broken, genuine, genuine, ...junk];
      for (const each of [...counted, ...fragments]) pair.wire.inject('right', each);
      pair.settle();
      pair.seen.length = 0;
      sent += counted.length;
      delivered += pair.bob.host.delivered.splice(0).length;
    };

    for (let k = 0; k < ROUNDS / 4; k++) round();
    const before = heapUsed();
    for (let k = 0; k < ROUNDS; k++) round();
    expect(heapUsed() - before).toBeLessThan(LEEWAY);
    expect(delivered).toBe(ROUNDS + ROUNDS / 4);
    // Nothing is counted for fragments of what never gets whole.
    expect(delivered + sum(pair.bob.engine.discards())).toBe(sent);
  });
});
