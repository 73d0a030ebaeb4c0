import { expect, test } from 'vitest';
import { ikeOf, proposalText } from '../../test/support/ike-peers.ts';
import { weaknessesOf } from './weaknesses.ts';

/** Line and message of each. */
function told(text: string): readonly string[] {
  return weaknessesOf(ikeOf(text)).map(({ at, message }) => `${at.line}: ${message}`);
}

const remote = (modes: string, ...proposals: readonly string[]) =>
  `remote anonymous {\nexchange_mode ${modes};\n${proposals.map(proposalText).join('\n')}\n}`;
const sainfo = (encryption: string, integrity: string, group: number) =>
  `sainfo anonymous {\npfs_group ${group};\nencryption_algorithm ${encryption};\nauthentication_algorithm ${integrity};\ncompression_algorithm deflate; }`;

test('nothing is said against what is strong', () => {
  expect(told(remote('main', 'aes 256, sha256, pre_shared_key, 14'))).toEqual([]);
  expect(told(remote('aggressive', 'aes 256, sha256, rsasig, 14'))).toEqual([]);
  expect(told(sainfo('aes 256', 'hmac_sha256', 14))).toEqual([]);
});

test('weak algorithms of phase 1 are named where they stand, once a line', () => {
  const weak = 'des, md5, pre_shared_key, 1';
  const text = told(remote('main', 'aes, sha256, rsasig, 14', weak, weak));
  expect(text.map((each) => each.replace(/ is weak: .+/, ''))).toEqual([
    '4: des-cbc',
    '4: md5',
    '4: modp768',
    '5: des-cbc',
    '5: md5',
    '5: modp768',
  ]);
  expect(text[1]).toMatch(/is weak: .*RFC 8247/);
});

test('weak algorithms of phase 2 are named', () => {
  const text = told(sainfo('aes 256, 3des', 'hmac_md5', 2));
  expect(text.map((each) => each.replace(/ is weak: .+/, ''))).toEqual([
    '2: modp1024',
    '3: 3des-cbc',
    '4: hmac-md5',
  ]);
});

test('aggressive mode is told of where it shows a key', () => {
  const [text, ...others] = told(remote('main, aggressive', 'aes, sha256, xauth_psk_server, 14'));
  expect(text).toMatch(/^2: aggressive mode shows a hash of the pre-shared key/);
  expect(others).toEqual([]);
});
