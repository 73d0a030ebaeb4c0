import { describe, expect, test } from 'vitest';
import { NONE_FOLLOWING } from '../dataplane/interfaces.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { PacketReceiver } from './raw-ip.ts';
import { Turns } from './turns.ts';

const PACKET: Packet = { memory: { octets: new Uint8Array(1) }, at: 0, length: 0 };

/** A socket with messages of so many packets each. */
class Socket implements PacketReceiver {
  readonly following = NONE_FOLLOWING;
  asked = 0;
  given = 0;
  #left = 0;
  readonly fd: number;
  readonly #messages: number[];

  constructor(fd: number, messages: readonly number[]) {
    this.fd = fd;
    this.#messages = [...messages];
  }

  get isPending(): boolean {
    return this.#left > 0;
  }

  receive(): boolean {
    this.asked += 1;
    if (this.#left === 0) this.#left = this.#messages.shift() ?? 0;
    if (this.#left === 0) return false;
    this.#left -= 1;
    this.given += 1;
    return true;
  }

  passOver(count: number): void {
    this.#left -= count;
    this.given += count;
  }
}

/** What epoll found. */
function found(...sockets: readonly Socket[]) {
  return { count: sockets.length, descriptor: (k: number) => sockets[k]?.fd ?? -1 };
}

const ones = (count: number) => new Array<number>(count).fill(1);

function turnsOf(...sockets: readonly Socket[]): Turns {
  const turns = new Turns();
  turns.arrange(sockets);
  return turns;
}

/** Receives `most` packets: whose each was. */
function receive(turns: Turns, most: number): readonly (number | undefined)[] {
  const from: (number | undefined)[] = [];
  while (from.length < most && turns.receive(PACKET)) from.push(turns.current?.fd);
  return from;
}

describe('sockets that take turns', () => {
  test('are all asked before it is known on which there is something', () => {
    const sockets = [new Socket(3, []), new Socket(4, [1]), new Socket(5, [2])];
    expect(receive(turnsOf(...sockets), 10)).toEqual([4, 5, 5]);
  });

  test('are not asked when nothing was found on them', () => {
    const [quiet, busy] = [new Socket(3, [1]), new Socket(4, [1, 1])];
    const turns = turnsOf(quiet, busy);
    turns.heed(found(busy));
    expect(receive(turns, 10)).toEqual([4, 4]);
    expect(quiet.asked).toBe(0);
    turns.heed(found());
    expect(receive(turns, 10)).toEqual([]);
    expect(quiet.asked).toBe(0);
  });

  test('give sixteen packets each, or what came together', () => {
    const [first, second] = [new Socket(3, ones(40)), new Socket(4, [10, 10, 10])];
    const turns = turnsOf(first, second);
    turns.heed(found(first, second));
    const from = receive(turns, 100);
    expect(from.slice(0, 16)).toEqual(new Array(16).fill(3));
    expect(from.slice(16, 36)).toEqual(new Array(20).fill(4));
    expect(from.slice(36, 52)).toEqual(new Array(16).fill(3));
    expect(from).toHaveLength(70);
  });

  test('finish what came together before another is asked, whatever was found since', () => {
    const [first, second] = [new Socket(3, [5]), new Socket(4, [2])];
    const turns = turnsOf(first, second);
    turns.heed(found(first));
    expect(receive(turns, 2)).toEqual([3, 3]);
    turns.heed(found(second));
    expect(receive(turns, 1)).toEqual([3]);
    turns.arrange([second, first]);
    expect(receive(turns, 10)).toEqual([3, 3, 4, 4]);
  });

  test('have their turn, however few are taken at a time', () => {
    const sockets = [3, 4, 5, 6, 7].map((fd) => new Socket(fd, new Array(50).fill(45)));
    const turns = turnsOf(...sockets);
    for (let batch = 0; batch < 15; batch++) {
      turns.heed(found(...sockets));
      for (let trains = 0; trains < 2; trains++) {
        expect(turns.receive(PACKET)).toBe(true);
        turns.passOver(44);
      }
    }
    expect(sockets.map(({ given }) => given)).toEqual(new Array(5).fill(6 * 45));
  });
});
