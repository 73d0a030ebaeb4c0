import { describe, expect, test } from 'vitest';
import { ALICE, BOB } from '../../../test/support/packets.ts';
import { addPolicy, layer, policy, protect } from '../../../test/support/sas.ts';
import { Secret } from '../../crypto/secret.ts';
import type { IkeInput } from '../../ike/input.ts';
import type { IkeOutput } from '../../ike/output.ts';
import type { Answer, Question } from '../../ike/question.ts';
import type { Backend } from '../../ipsec/backend.ts';
import { MemoryBackend } from '../../ipsec/memory-backend.ts';
import type { SpiRequest } from '../../ipsec/spi-request.ts';
import { Answering, type CheckPassword } from './answering.ts';
import { Driver } from './driver.ts';

const PATH = { local: { address: ALICE, port: 500 }, remote: { address: BOB, port: 500 } };
const DATAGRAM: IkeInput = { kind: 'datagram', path: PATH, octets: Uint8Array.of(1) };
const TIME: IkeInput = { kind: 'time' };
const REQUEST: SpiRequest = {
  source: BOB,
  destination: ALICE,
  protocol: 'esp',
  mode: 'transport',
  reqid: 0,
  least: 0x1000,
  most: 0x1001,
};

interface BenchOptions {
  readonly react?: (input: IkeInput) => readonly IkeOutput[];
  readonly backend?: Backend;
  readonly checkPassword?: CheckPassword;
}

/** A driver whose endpoint does as it is told, and all that came of it. */
function bench({ react = () => [], backend, checkPassword }: BenchOptions) {
  const inputs: IkeInput[] = [];
  const log: string[] = [];
  let deadline: number | null = null;
  const arrived: (() => void)[] = [];
  const answering = new Answering(backend ?? new MemoryBackend(() => 0), checkPassword ?? null);
  const driver = new Driver({
    endpoint: {
      take: (input) => {
        inputs.push(input);
        if (input.kind === 'time') deadline = null;
        const outputs = react(input);
        for (const resolve of arrived.splice(0)) resolve();
        return outputs;
      },
      deadline: () => deadline,
      status: () => ({ phase1: [] }),
    },
    ports: { send: (_, message) => log.push(`sent ${message}`) },
    answering,
    tell: ({ kind }) => log.push(kind),
    complain: (text) => log.push(text.split('\n')[0] ?? ''),
  });
  return {
    ...{ driver, inputs, log, answering },
    wakeAt: (at: number) => {
      deadline = at;
    },
    /** Resolves when so many inputs have come. */
    until: async (count: number) => {
      while (inputs.length < count) await new Promise<void>((resolve) => arrived.push(resolve));
    },
  };
}

const ask = (number: number, question: Question): IkeOutput => ({ kind: 'ask', number, question });

describe('Driver', () => {
  test('does what comes of an input before it takes the next', () => {
    const { driver, log } = bench({
      react: (input) => {
        if (input.kind === 'command') driver.take(TIME);
        log.push(`takes ${input.kind}`);
        return [{ kind: 'transmit', path: PATH, datagram: Uint8Array.of(log.length) }];
      },
    });
    driver.take({ kind: 'command', command: { kind: 'flush-phase1' } });
    expect(log).toEqual(['takes command', 'sent 1', 'takes time', 'sent 3']);
  });

  test('goes on when an input breaks the endpoint', () => {
    const { driver, log } = bench({
      react: (input) => {
        if (input.kind === 'datagram') throw new Error('Bug: what is this?');
        return [{ kind: 'event', event: { kind: 'ignored', path: PATH, reason: 'it is odd' } }];
      },
    });
    driver.take(DATAGRAM);
    driver.take(TIME);
    expect(log).toEqual([
      'Cannot go on after an input (datagram): Error: Bug: what is this?',
      'ignored',
    ]);
  });

  test('tells the endpoint when its deadline is over, and not before', async () => {
    const { driver, inputs, wakeAt, until } = bench({});
    const at = performance.now() + 20;
    wakeAt(at);
    driver.take(DATAGRAM);
    await until(2);
    expect(performance.now()).toBeGreaterThanOrEqual(at);
    expect(inputs.map(({ kind }) => kind)).toEqual(['datagram', 'time']);
  });

  test('takes nothing once it is stopped, a deadline neither', async () => {
    const { driver, inputs, wakeAt } = bench({});
    wakeAt(performance.now());
    driver.take(DATAGRAM);
    driver.stop();
    driver.take(DATAGRAM);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(inputs).toHaveLength(1);
  });

  test('brings the answers to questions, in their order', async () => {
    const OUT = policy('outbound', protect(layer('esp')));
    const questions = [
      ask(1, { kind: 'commit', changes: [addPolicy(OUT)] }),
      ask(2, { kind: 'policies', including: null }),
      ask(3, { kind: 'spis', requests: [REQUEST, REQUEST] }),
      ask(4, { kind: 'spis', requests: [REQUEST] }),
      ask(5, { kind: 'commit', changes: [addPolicy(OUT)] }),
    ];
    const { driver, inputs, until } = bench({
      react: ({ kind }) => (kind === 'time' ? questions : []),
    });
    driver.take(TIME);
    await until(6);
    expect(inputs.slice(1)).toEqual([
      { kind: 'answer', number: 1, answer: { kind: 'committed' } },
      {
        kind: 'answer',
        number: 2,
        answer: { kind: 'policies', policies: [expect.objectContaining({ policy: OUT })] },
      },
      {
        kind: 'answer',
        number: 3,
        answer: { kind: 'spis', spis: expect.arrayContaining([0x1000, 0x1001]) },
      },
      {
        kind: 'answer',
        number: 4,
        answer: { kind: 'refused', reason: 'no SPI from 0x00001000 to 0x00001001 is free' },
      },
      {
        kind: 'answer',
        number: 5,
        answer: { kind: 'refused', reason: expect.stringContaining('there is') },
      },
    ]);
  });
});

describe('Answering', () => {
  const password = (user: string): Question => ({
    kind: 'password',
    source: 'system',
    user,
    password: new Secret(Uint8Array.of(1)),
    remote: BOB,
  });

  test('does not let who waits for people keep others waiting', async () => {
    let say: (answer: Answer) => void = () => undefined;
    const { answering } = bench({
      checkPassword: () =>
        new Promise((resolve) => {
          say = resolve;
        }),
    });
    const login = answering.answer(password('alice'));
    expect(await answering.answer({ kind: 'policies', including: null })).toEqual({
      kind: 'policies',
      policies: [],
    });
    const accepted: Answer = { kind: 'password', accepted: true, groups: [] };
    say(accepted);
    expect(await login).toBe(accepted);
  });

  test('refuses where nobody checks, and where that fails', async () => {
    const { answering } = bench({});
    expect(await answering.answer(password('alice'))).toMatchObject({ kind: 'refused' });
    const failing = bench({ checkPassword: () => Promise.reject(new Error('PAM is away')) });
    expect(await failing.answering.answer(password('alice'))).toEqual({
      kind: 'refused',
      reason: 'PAM is away',
    });
  });
});
