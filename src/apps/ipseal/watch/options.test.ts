import { describe, expect, test } from 'vitest';
import { parseCommand } from './options.ts';

test('what tcpdump users type is understood', () => {
  expect(
    parseCommand(['-nnvvvXSs0', '-tttt', '-c', '5', '-i', 'eth0', 'host', '10.0.0.1']),
  ).toMatchObject({
    task: 'watch',
    source: { kind: 'live', device: 'eth0', promiscuous: true, direction: 'inout' },
    count: 5,
    snapLength: 262_144,
    filter: 'host 10.0.0.1',
    time: 'date',
    verbosity: 3,
    hexDump: { digits: true, characters: true, link: false },
  });
});

test('without anything, everything is captured on the first interface', () => {
  expect(parseCommand([])).toMatchObject({
    source: { kind: 'live', device: null },
    count: Number.POSITIVE_INFINITY,
    filter: '',
    time: 'day',
    hexDump: null,
    json: false,
  });
});

test('a file is read', () => {
  expect(parseCommand(['-r', 'a.pcap', '-xx', '-w', '-'])).toMatchObject({
    source: { kind: 'file', path: 'a.pcap' },
    write: '-',
    hexDump: { digits: true, characters: false, link: true },
  });
});

describe('refused are', () => {
  for (const [words, message] of [
    [['-r', 'a', '-i', 'b'], /-i and -r do not go together/],
    [['-c', '0'], /-c takes a number from 1 to/],
    [['-s', 'x'], /-s takes a number from 0 to 262144, not "x"/],
    [['-Q', 'up'], /-Q takes in, out or inout, not "up"/],
    [['-tttttt'], /more than five times/],
    [['--json', '-w', 'a'], /--json prints/],
    [['-F', 'a', 'esp'], /-F and a filter/],
    [['-k'], /there is no option -k/],
  ] as const) {
    test(words.join(' '), () => expect(() => parseCommand(words)).toThrow(message));
  }
});
