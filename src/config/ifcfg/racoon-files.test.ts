import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address } from '../../../test/support/packets.ts';
import { Secret } from '../../crypto/secret.ts';
import { withInclude, withoutInclude, withSharedKey } from './racoon-files.ts';

const PEER = address('192.0.2.2');
const key = (text: string) => new Secret(new TextEncoder().encode(text));
const PATH = '/etc/racoon/192.0.2.2.conf';

describe('psk.txt', () => {
  test.each([
    ['', '192.0.2.2  k\n'],
    ['192.0.2.2 old\n', '192.0.2.2  k\n'],
    ['192.0.2.2\told\n10.0.0.1 x', '10.0.0.1 x\n192.0.2.2  k\n'],
    ['192.0.2.20 other\n', '192.0.2.20 other\n192.0.2.2  k\n'],
    ['192a0b2c2 other\n', '192a0b2c2 other\n192.0.2.2  k\n'],
    ['# 192.0.2.2 a comment\n\n', '# 192.0.2.2 a comment\n\n192.0.2.2  k\n'],
  ])('%j becomes %j', (before, after) => {
    expect(withSharedKey(before, PEER, key('k'))).toBe(after);
  });

  test('keeps every line of other peers as it is, and has one of this', () => {
    const line = fc.oneof(
      fc.string().map((text) => text.replaceAll('\n', '')),
      fc.constantFrom('192.0.2.2 a', '192.0.2.2\tb', '192.0.2.20 c', '192.0.2.2'),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.map((each) => `${each}\n`).join('');
        const after = withSharedKey(text, PEER, key('k')).split('\n').slice(0, -1);
        const others = lines.filter((each) => !/^192\.0\.2\.2(?![^ \t])/.test(each));
        expect(after).toEqual([...others, '192.0.2.2  k']);
      }),
    );
  });
});

describe('racoon.conf', () => {
  test('has the line once, at its end, however often it is put there', () => {
    const text = `include "${PATH}";\nlog notify;`;
    const after = `log notify;\ninclude "${PATH}";\n`;
    expect(withInclude(text, PATH)).toBe(after);
    expect(withInclude(after, PATH)).toBe(after);
    expect(withInclude('', PATH)).toBe(`include "${PATH}";\n`);
  });

  test('is as before when the line is taken out, and another peer keeps its own', () => {
    const text = 'log notify;\ninclude "/etc/racoon/192.0.2.20.conf";\n# the end';
    expect(withoutInclude(text, PATH)).toBe(text);
    expect(withoutInclude(withInclude(`${text}\n`, PATH), PATH)).toBe(`${text}\n`);
  });
});
