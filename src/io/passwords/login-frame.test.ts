import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Malformed } from '../../octets/malformed.ts';
import { concatenate } from '../../octets/octets.ts';
import { emitLoginFrame, type LoginFrame, LoginFrames, parseLoginFrame } from './login-frame.ts';

const frame = fc.record({
  number: fc.nat(),
  source: fc.constantFrom('system' as const, 'pam' as const),
  login: fc.record({
    user: fc.string({ unit: 'grapheme', maxLength: 40 }),
    password: fc.uint8Array({ maxLength: 40 }),
    remote: fc.ipV6(),
  }),
});

test('logins arrive as they were sent, however the pipe cuts them, and nothing stays behind', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), fc.array(fc.nat({ max: 30 })), (sent, cuts) => {
      const arrived: LoginFrame[] = [];
      const bodies: Uint8Array[] = [];
      const frames = new LoginFrames((body) => {
        const parsed = parseLoginFrame(body);
        if (parsed instanceof Malformed) throw new TypeError(String(parsed));
        const { login } = parsed;
        arrived.push({ ...parsed, login: { ...login, password: login.password.slice() } });
        bodies.push(body);
      });
      let rest = concatenate(sent.map(emitLoginFrame));
      for (const cut of cuts) {
        frames.add(rest.subarray(0, cut));
        rest = rest.subarray(cut);
      }
      frames.add(rest);
      expect(arrived).toEqual(sent);
      expect(bodies.every((body) => body.every((octet) => octet === 0))).toBe(true);
    }),
  );
});

test('a frame that is none says so', () => {
  const whole = emitLoginFrame({
    number: 7,
    source: 'pam',
    login: { user: 'bob', password: new Uint8Array(0), remote: '10.9.0.2' },
  }).subarray(4);
  for (let length = 0; length < whole.length; length++) {
    expect(parseLoginFrame(whole.slice(0, length))).toBeInstanceOf(Malformed);
  }
  expect(parseLoginFrame(whole.map((octet, at) => (at === 4 ? 9 : octet)))).toBeInstanceOf(
    Malformed,
  );
});
