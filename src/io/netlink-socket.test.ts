import os from 'node:os';
import koffi from 'koffi';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { emitNetlinkMessage, NLM_F, NLMSG, parseNetlinkMessages } from '../netlink/nlmsg.ts';
import { setHostU32 } from '../octets/host.ts';
import { Malformed } from '../octets/malformed.ts';
import { concatenate } from '../octets/octets.ts';
import { libc } from './libc.ts';
import { NETLINK, NetlinkSocket } from './netlink-socket.ts';

const { EEXIST, ENOBUFS, EAGAIN } = os.constants.errno;

/** The kernel's side of a socket: what was sent, as it was, and what is there to be received. */
const kernel = {
  sent: [] as { readonly octets: Uint8Array; readonly copy: Uint8Array }[],
  answer: (_datagram: Uint8Array): (Uint8Array | number)[] => [],
  queue: [] as (Uint8Array | number)[],
};

let socket: NetlinkSocket;

beforeEach(() => {
  kernel.sent.length = 0;
  kernel.queue.length = 0;
  kernel.answer = acknowledge;
  vi.spyOn(libc, 'socket').mockReturnValue(3);
  vi.spyOn(libc, 'bind').mockReturnValue(0);
  vi.spyOn(libc, 'setsockopt').mockReturnValue(0);
  vi.spyOn(libc, 'send').mockImplementation((_fd, octets, length) => {
    kernel.sent.push({ octets, copy: octets.slice() });
    kernel.queue.push(...kernel.answer(octets.slice()));
    return length;
  });
  vi.spyOn(libc, 'recvInto').mockImplementation((_fd, octets) => {
    const next = kernel.queue.shift() ?? EAGAIN;
    if (typeof next === 'number') {
      koffi.errno(next);
      return -1;
    }
    octets.set(next);
    return next.length;
  });
  socket = new NetlinkSocket(NETLINK.XFRM);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('requests that are asked together', () => {
  test('go in few datagrams, and only the last of each asks for an acknowledgement', () => {
    const verdicts = socket.askAll(requests(300), 'do it');
    expect(verdicts).toEqual(Array.from({ length: 300 }, () => ({ errno: 0, text: null })));
    expect(kernel.sent.map(({ copy }) => messagesOf(copy).length)).toEqual([128, 128, 44]);
    const flags = kernel.sent.flatMap(({ copy }) => messagesOf(copy).map((one) => one.flags));
    expect(flags.flatMap((one, k) => ((one & NLM_F.ACK) === 0 ? [] : [k]))).toEqual([
      127, 255, 299,
    ]);
  });

  test('are no longer than a socket may send', () => {
    socket.askAll(requests(20, 10_000), 'do it');
    expect(Math.max(...kernel.sent.map(({ copy }) => copy.length))).toBeLessThanOrEqual(65_536);
    expect(kernel.sent.flatMap(({ copy }) => messagesOf(copy))).toHaveLength(20);
  });

  test('have a verdict each, and are overwritten', () => {
    kernel.answer = (datagram) =>
      messagesOf(datagram).flatMap(({ sequence }, k) => {
        if (k === 1 || k === 3) return [verdict(sequence, EEXIST)];
        return k === 4 ? [verdict(sequence, 0)] : [];
      });
    expect(socket.askAll(requests(5), 'do it').map(({ errno }) => errno)).toEqual([
      ...[0, EEXIST, 0, EEXIST, 0],
    ]);
    expect(kernel.sent.every(({ octets }) => octets.every((octet) => octet === 0))).toBe(true);
  });

  test('fail when answers were lost, and those left over answer nothing else', () => {
    kernel.answer = (datagram) => [ENOBUFS, ...acknowledge(datagram)];
    expect(() => socket.askAll(requests(3), 'do it')).toThrow(/^Cannot do it: .*ENOBUFS/);
    expect(kernel.queue).toEqual([]);
    kernel.answer = acknowledge;
    expect(socket.askAll(requests(1), 'do it')).toEqual([{ errno: 0, text: null }]);
  });
});

describe('a dump', () => {
  const dumpOf = (flags: number) => (datagram: Uint8Array) => {
    const [asked] = messagesOf(datagram);
    const about = { sequence: asked?.sequence ?? 0, flags };
    return [
      concatenate([message({ ...about, type: 16, payload: Uint8Array.of(1, 2, 3, 4) })]),
      concatenate([message({ ...about, type: NLMSG.DONE, payload: new Uint8Array(4) })]),
    ];
  };
  const request = { type: 18, flags: NLM_F.DUMP, payload: new Uint8Array(0) };

  test('is asked for again when it was interrupted', () => {
    let times = 0;
    kernel.answer = (datagram) => dumpOf(times++ < 2 ? 0x10 : 0)(datagram);
    const answers = socket.dump(request, 'list them');
    expect(answers.map(({ payload }) => [...payload])).toEqual([[1, 2, 3, 4]]);
    expect(times).toBe(3);
  });

  test('that is interrupted time and again is an error', () => {
    kernel.answer = dumpOf(0x10);
    expect(() => socket.dump(request, 'list them')).toThrow(
      'Cannot list them: it changed during each of 10 attempts (EINTR)',
    );
    expect(kernel.sent).toHaveLength(10);
  });

  test('is given back in octets of its own', () => {
    kernel.answer = dumpOf(0);
    const first = socket.dump(request, 'list them');
    kernel.answer = (datagram) => dumpOf(0)(datagram).map((octets) => octets.map(() => 0xff));
    expect(() => socket.dump(request, 'list them')).toThrow();
    expect(first.map(({ payload }) => [...payload])).toEqual([[1, 2, 3, 4]]);
  });
});

function requests(count: number, length = 8) {
  return Array.from({ length: count }, () => ({
    type: 16,
    flags: NLM_F.ACK,
    payload: new Uint8Array(length).fill(0xa5),
  }));
}

function acknowledge(datagram: Uint8Array): Uint8Array[] {
  return messagesOf(datagram)
    .filter(({ flags }) => (flags & NLM_F.ACK) !== 0)
    .map(({ sequence }) => verdict(sequence, 0));
}

function verdict(sequence: number, errno: number): Uint8Array {
  const payload = new Uint8Array(20);
  setHostU32(payload, 0, -errno >>> 0);
  return message({ type: NLMSG.ERROR, flags: 0, sequence, payload });
}

function message(parts: {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}): Uint8Array {
  return emitNetlinkMessage(parts, parts.sequence);
}

function messagesOf(datagram: Uint8Array) {
  const messages = parseNetlinkMessages(datagram);
  if (messages instanceof Malformed) throw new Error(String(messages));
  return messages;
}
