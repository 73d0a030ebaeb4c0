/** First messages by the thousand, from who never means to go on. */
import { expect, test } from 'vitest';
import { generator } from '../support/generator.ts';
import { pairOf, sasOf, wantToSend } from '../support/ike-pair.ts';

const MESSAGES = 5_000;

test.each([
  ['many addresses', 2 ** 24],
  ['one address', 1],
])(
  'a flood of first messages from %s costs no more memory, and keeps nobody out',
  (_, addresses) => {
    const { net, alice, bob } = pairOf({
      remote: '',
      whole:
        'remote anonymous { exchange_mode main; ' +
        'proposal { encryption_algorithm aes 128; hash_algorithm sha256; ' +
        'authentication_method pre_shared_key; dh_group 19; } }',
    });
    wantToSend(net, alice);
    net.run(5);
    const [first] = net.sent;
    if (first === undefined) throw new TypeError('Alice sent nothing');
    const below = generator(1);
    const random = (length: number) => Uint8Array.from({ length }, () => below(256));
    const flood = (messages: number) => {
      for (let sent = 0; sent < messages; sent++) {
        const octets = first.datagram.slice();
        octets.set(random(8));
        const from = below(addresses);
        const address = {
          version: 4,
          octets: Uint8Array.of(11, from >> 16, from >> 8, from),
        } as const;
        const path = { local: { address: bob.address, port: 500 }, remote: { address, port: 500 } };
        bob.endpoint.take({ kind: 'datagram', path, octets }, net.now);
      }
    };
    flood(MESSAGES - 100);
    expect(bob.endpoint.status().phase1.length).toBeLessThanOrEqual(Math.min(1000, 20 * addresses));
    // Alice's messages come in the middle of it.
    for (let step = 0; step < 20; step++) {
      flood(5);
      net.run(net.now + 10);
    }
    expect(sasOf(alice, net.now)).toHaveLength(2);
    expect(sasOf(bob, net.now)).toEqual(sasOf(alice, net.now));
  },
);
