/**
 * Two hosts through a bad hour, as a seed has it: a network that loses, repeats and reorders, somebody who
 * forges, commands, deaths, clocks that jump. Then it is calm again, and they have to agree.
 *
 * @module
 */
import { expect } from 'vitest';
import type { IkeCommand } from '../../src/ike/input.ts';
import { sameAddress } from '../../src/net/ip-address.ts';
import { generator } from './generator.ts';
import { FAITHFUL, type Fate, type IkeHost } from './ike-hosts.ts';
import { type Choices, type Pair, pairOf, sasOf, wantToSend } from './ike-pair.ts';

type Draw = (below: number) => number;

const SECOND = 1000;
/** How long it is bad. */
const BAD_MS = 60 * SECOND;
/** Longer than anything that was made meanwhile lives, but phase 1. */
const CALM_MS = 90 * SECOND;
/** A packet that waits has the kernel ask again so often. */
const TRIES = 4;
const TRY_MS = 20 * SECOND;
const MOST_PHASE1 = 6;

/** Lives through the run of `seed`; throws where something is not as it should be. */
export function runOf(seed: number): void {
  const draw = generator(seed);
  const run = new Run(pairOf({ ...choicesOf(draw), seed: draw(2 ** 31) }), draw);
  run.endure();
  run.calm();
  run.agree();
  run.end();
}

/** What they are configured to. */
function choicesOf(draw: Draw): Choices {
  const phase1Seconds = one(draw, [40, 3600]);
  const liveness = one(draw, ['', 'dpd_delay 5; dpd_retry 2; dpd_maxfail 3;']);
  return {
    mode: one(draw, ['main', 'main', 'aggressive', 'base']),
    proposal: `aes 128, sha256, pre_shared_key, 19, ${phase1Seconds}`,
    remote: `rekey ${one(draw, ['on', 'off', 'force'])}; ${liveness}`,
    sainfo: `lifetime time ${one(draw, [20, 40])} sec;`,
    whole: 'timer { counter 3; interval 2 sec; phase1 15 sec; phase2 10 sec; }',
  };
}

class Run {
  readonly #pair: Pair;
  readonly #draw: Draw;
  readonly #hosts: [IkeHost, IkeHost];

  constructor(pair: Pair, draw: Draw) {
    this.#pair = pair;
    this.#draw = draw;
    this.#hosts = [pair.alice, pair.bob];
  }

  endure(): void {
    const { net } = this.#pair;
    const draw = this.#draw;
    net.fate = weather(draw);
    const forges = one(draw, [0, 0, 30]);
    const begin = [() => this.#wantToSend(), () => this.#wantToSendBoth()];
    const deeds = [
      ...begin,
      ...Array.from({ length: 1 + draw(4) }, () => one(draw, this.#deeds)),
      ...Array.from({ length: forges }, () => () => this.#forge()),
    ];
    const times = deeds.map((deed, k) => ({ deed, at: k < 2 ? k * draw(3000) : draw(BAD_MS) }));
    times.sort((a, b) => a.at - b.at);
    for (const { deed, at } of times) {
      if (at > net.now) net.run(at);
      deed();
    }
    net.run(Math.max(net.now, BAD_MS));
  }

  calm(): void {
    const { net } = this.#pair;
    net.fate = FAITHFUL;
    net.run(net.now + CALM_MS);
  }

  /** Both have the same SAs, of both directions, after a try or some. */
  agree(): void {
    const { net } = this.#pair;
    for (let tries = 0; tries < TRIES && !this.#isAgreed(); tries++) {
      this.#wantToSend();
      net.run(net.now + TRY_MS);
    }
    // What is being replaced may be on its way just now.
    for (let waits = 0; waits < 20 && !this.#isAgreed(); waits++) net.run(net.now + 100);
    const [alice, bob] = this.#hosts.map((host) => sasOf(host, net.now));
    expect(alice).toEqual(bob);
    expect(alice?.length).toBeGreaterThanOrEqual(2);
    for (const { endpoint } of this.#hosts) {
      expect(endpoint.status().phase1.length).toBeLessThanOrEqual(MOST_PHASE1);
      const deadline = endpoint.deadline();
      if (deadline !== null) expect(deadline).toBeGreaterThanOrEqual(net.now);
    }
  }

  /** Nothing is left once both are told to end. */
  end(): void {
    const { net } = this.#pair;
    for (const host of this.#hosts)
      net.soon(host, { kind: 'command', command: { kind: 'shut-down' } });
    net.run(net.now + CALM_MS);
    for (const { endpoint, databases } of this.#hosts) {
      expect(endpoint.status().phase1).toEqual([]);
      expect(endpoint.deadline()).toBeNull();
      expect([...databases.sas(net.now)]).toEqual([]);
    }
  }

  #isAgreed(): boolean {
    const [alice = [], bob = []] = this.#hosts.map((host) => sasOf(host, this.#pair.net.now));
    return alice.length >= 2 && alice.join() === bob.join();
  }

  readonly #deeds: readonly (() => void)[] = [
    () => this.#wantToSend(),
    () => this.#wantToSendBoth(),
    () => this.#die(),
    () => this.#command(),
    () => this.#pair.net.jump(this.#draw(100 * SECOND)),
  ];

  #wantToSend(): void {
    wantToSend(this.#pair.net, one(this.#draw, this.#hosts));
  }

  #wantToSendBoth(): void {
    for (const host of this.#hosts) wantToSend(this.#pair.net, host);
  }

  /** A host loses all that it knows. */
  #die(): void {
    const place = this.#draw(2) as 0 | 1;
    this.#hosts[place] = this.#pair.reborn(this.#hosts[place]);
  }

  #command(): void {
    const place = this.#draw(2) as 0 | 1;
    const peer = { address: this.#hosts[(1 - place) as 0 | 1].address, port: 500 };
    const command = one<IkeCommand>(this.#draw, [
      { kind: 'delete-phase1', local: null, remote: peer },
      { kind: 'flush-phase1' },
      { kind: 'shut-down' },
    ]);
    this.#pair.net.soon(this.#hosts[place], { kind: 'command', command });
  }

  /** Somebody sends again what he has seen, as it was or changed, to whom it was for or back. */
  #forge(): void {
    const { net } = this.#pair;
    const draw = this.#draw;
    if (net.sent.length === 0) return;
    const old =
      draw(2) === 0 ? one(draw, net.sent) : net.sent.at(-1 - draw(Math.min(4, net.sent.length)));
    if (old === undefined) return;
    const octets = old.datagram.slice();
    for (let changes = draw(3); changes > 0; changes--) {
      octets[draw(octets.length)] = draw(256);
    }
    // One in four goes back to who has sent it.
    const [alice, bob] = this.#hosts;
    const wasOfAlice = sameAddress(old.path.local.address, alice.address);
    const toAlice = wasOfAlice === (draw(4) === 0);
    const [to, from] = toAlice ? [alice, bob] : [bob, alice];
    const path = {
      local: { ...old.path.local, address: to.address },
      remote: { ...old.path.remote, address: from.address },
    };
    net.soon(to, { kind: 'datagram', path, octets }, draw(50));
  }
}

/** How much the network loses, repeats, and delays. */
function weather(draw: Draw): Fate {
  const lost = one(draw, [0, 10, 30, 60]);
  const repeated = one(draw, [0, 20]);
  const slowest = one(draw, [10, 300, 3000]);
  return () => {
    if (draw(100) < lost) return [];
    const copies = draw(100) < repeated ? 2 : 1;
    return Array.from({ length: copies }, () => 1 + draw(slowest));
  };
}

function one<T>(draw: Draw, those: readonly T[]): T {
  const chosen = those[draw(those.length)];
  if (chosen === undefined) throw new TypeError('Nothing to choose from');
  return chosen;
}
