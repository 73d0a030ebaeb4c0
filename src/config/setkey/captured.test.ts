/**
 * What setkey 0.8 was fed to see its errors, and what became of it under Linux 6.1, beside what we
 * make of the same files. Both lie beside the checkout, in `../shared`, where there is one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sharedPath } from '../../../test/support/examples.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { parseServices } from '../../net/services.ts';
import type { HostLookup, Names } from './names.ts';
import { readSetkey } from './read.ts';

const FOLDER = ['reference', 'captured', 'setkey'] as const;

/** Line, column and code of everything that is said of each file, in order. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  'e01-unknown-directive': ['2:1 unknown-statement'],
  'e02-short-key': ['1:46 key-length', '2:38 warning no-protection'],
  'e03-bad-alg': ['1:38 unknown-algorithm'],
  'e04-bad-auth-alg': ['1:37 unknown-algorithm'],
  'e05-spi-too-big': ['1:29 out-of-range', '1:44 warning no-protection'],
  'e06-spi-dec-overflow': ['1:29 out-of-range', '1:43 warning no-protection'],
  'e07-spi-reserved': ['1:29 spi-reserved', '1:36 warning no-protection'],
  'e08-spi-zero': ['1:29 spi-zero', '1:34 warning no-protection'],
  'e09-dup': [
    '1:38 warning no-protection',
    '3:38 warning no-protection',
    '4:38 warning no-protection',
  ],
  'e10-missing-semi': ['1:42 missing-semicolon'],
  'e11-no-host': ['1:5 unresolved-name', '1:49 warning no-protection'],
  'e12-n-host': ['1:8 unresolved-name', '1:41 warning no-protection'],
  'e13-fam-mismatch': ['1:15 family-mismatch', '1:40 warning no-protection'],
  'e14-get-missing': [],
  'e15-pol-dir': ['1:38 unknown-direction'],
  'e16-pol-tunnel-noaddr': ['1:48 missing-endpoints'],
  'e17-pol-few': ['1:48 incomplete-rule'],
  'e18-pol-level': ['1:63 unknown-level'],
  'e19-pol-fam': ['1:59 family-mismatch'],
  'e20-prefix-33': ['1:17 out-of-range'],
  'e21-dup-policy': [],
  'e22-icmp-noncode': [],
  'e23-udp-misc': ['1:41 unexpected-token'],
  'e24-badproto': ['1:31 unknown-protocol'],
  'e25-tagged': ['1:8 not-on-linux'],
  'e26-ctx': ['1:78 warning no-protection'],
  'e27-tcpmd5': ['1:25 not-on-linux'],
  'e28-gcm': ['1:1 warning counter-mode-with-static-key'],
  'e29-espold': ['1:25 protocol-gone', '3:25 protocol-gone'],
  'e30-desderiv': ['1:39 algorithm-gone', '2:13 protocol-gone'],
  'e31-simple': ['1:39 warning obsolete-name', '1:39 warning no-protection'],
  'e32-rc5': ['1:36 algorithm-gone'],
  'e33-keyedsha': ['1:38 algorithm-gone'],
  'e34-lzs': ['1:28 algorithm-gone'],
  'e35-oui': ['1:28 algorithm-gone'],
  'e36-mode-obsolete': [
    '1:38 warning no-protection',
    '2:35 warning extension-ignored',
    '3:38 warning extension-ignored',
  ],
  'e37-deleteall': [
    '1:38 warning no-protection',
    '2:38 warning no-protection',
    '3:37 warning weak-algorithm',
    '4:38 warning no-protection',
  ],
  'e38-exit': ['1:38 warning no-protection'],
  'e39-replay-old': ['1:25 protocol-gone'],
  'e40-odd-hex': ['1:37 warning weak-algorithm'],
  'e41-upper-hex': ['1:37 warning weak-algorithm'],
  'e42-empty': [],
  'e43-comment-in-policy': [],
  'e44-comment-inline': ['2:11 warning no-protection'],
  'e45-two-on-line': [
    '1:38 warning no-protection',
    '1:82 warning no-protection',
    '1:126 warning no-protection',
  ],
  'e46-bad-char': ['1:38 warning no-protection', '2:15 stray-character'],
  'e47-prio-range': ['1:54 out-of-range'],
  'e48-prio-low': ['1:53 out-of-range'],
  'e49-prio-many': [],
  'e50-unique-range': ['1:63 out-of-range', '7:42 no-rules'],
  'e51-endpoints-transport': [
    '1:1 warning missing-inbound-policy',
    '2:1 warning missing-inbound-policy',
  ],
  'e52-spddelete-ok': [],
  'e53-spddelete-full': [],
  'e54-hostname-ports': [],
  'e55-upper-num': [],
  'e56-spi-hex-nonprefixed': ['1:29 not-a-number', '1:37 warning no-protection'],
  'e57-flush-proto': ['1:38 warning no-protection', '2:37 warning weak-algorithm'],
  'e58-no-alg': ['1:25 missing-algorithm'],
  'e59-null-key': ['1:43 unexpected-key'],
  'e60-ah-with-E': ['1:25 missing-algorithm', '1:34 unfitting-algorithm'],
  'e61-esp-only-A': ['1:25 missing-algorithm'],
  'e62-A-then-E': ['1:66 option-order'],
  'e63-reqid-zero-and-big': ['1:47 warning no-protection'],
  'e64-natt-bad': ['1:45 unfitting-option', '1:52 warning no-protection'],
  'e65-replay-big': [
    '1:1 warning replay-without-integrity',
    '1:44 warning no-protection',
    '3:1 warning replay-without-integrity',
    '3:45 warning no-protection',
  ],
  'e66-comment-crlf': [],
  'e67-unterminated': ['1:46 unterminated-quote'],
  'e68-pol-hostname': ['1:59 invalid-address'],
  'e69-pol-fwd-auto': ['1:1 warning missing-outbound-policy'],
  'e70-multi-addr': [],
  'e71-delete-multi': ['1:38 warning no-protection'],
};

/** Files that the original or the kernel behind it refused at least a part of, and we read. */
const READ_HERE: Readonly<Record<string, string>> = {
  'e09-dup': 'whether there is such an SA is for the backend to say',
  'e14-get-missing': 'whether there is such an SA is for the backend to say',
  'e21-dup-policy': 'whether there is such a policy is for the backend to say',
  'e22-icmp-noncode': 'a type alone is enough',
  'e28-gcm': 'AES-GCM is there',
  'e43-comment-in-policy': 'comments are comments everywhere',
  'e45-two-on-line': 'whether there is such an SA is for the backend to say',
  'e52-spddelete-ok': 'whether there is such a policy is for the backend to say',
  'e53-spddelete-full': 'the original calls an empty SPD an error',
  'e54-hostname-ports': 'services are looked up for the protocol that is named',
  'e66-comment-crlf': 'carriage returns are blanks',
};

/** Files that the original carried out, or seemed to, and we refuse. */
const REFUSED_HERE: Readonly<Record<string, string>> = {
  'e05-spi-too-big': 'the SPI wrapped',
  'e06-spi-dec-overflow': 'the SPI wrapped',
  'e07-spi-reserved': 'SPIs up to 255 are reserved',
  'e08-spi-zero': 'SPI 0 is never sent',
  'e30-desderiv': 'DES of the old kind was carried out as plain DES',
  'e50-unique-range': 'another number was chosen, and ipsec without rules became none',
};

const NAMES: Names = {
  hosts: new Map<string, HostLookup>([
    ['localhost', { addresses: [parseIpAddress('127.0.0.1') ?? expect.unreachable()] }],
    ['no.such.host.invalid', { failure: 'no such host is known' }],
  ]),
  services: parseServices('domain 53/udp\nhttp 80/tcp'),
};

/** Whether setkey 0.8 carried out all of each file; from what it printed of it. */
function originalOutcomes(): ReadonlyMap<string, boolean> {
  const path = sharedPath(...FOLDER, 'orig-0.8-errors.txt');
  const parts =
    path === null
      ? []
      : readFileSync(path, 'utf8')
          .split(/^##### /m)
          .slice(1);
  return new Map(
    parts.map((part) => {
      const printed = part.slice(part.indexOf('--- stdout'));
      const done = /^--- rc=0$/m.test(printed) && !/^The result of line/m.test(printed);
      return [part.slice(0, part.indexOf('\n')), done];
    }),
  );
}

const inputs = sharedPath(...FOLDER, 'inputs', 'err');
const files = inputs === null ? [] : readdirSync(inputs);
const outcomes = originalOutcomes();

test.skipIf(inputs === null)('the table has every captured file, and no others', () => {
  expect(files.map((file) => file.replace(/\.cf$/, '')).sort()).toEqual(Object.keys(SAID).sort());
  expect([...outcomes.keys()].sort()).toEqual(Object.keys(SAID).sort());
});

test.each(files)('%s is read as the table says', (file) => {
  const text = readFileSync(`${inputs}/${file}`, 'utf8');
  const name = file.replace(/\.cf$/, '');
  const { diagnostics, steps } = readSetkey({ name: file, text }, { names: NAMES });
  const said = diagnostics.map(
    ({ line, column, severity, code }) =>
      `${line}:${column} ${severity === 'error' ? '' : 'warning '}${code}`,
  );
  expect(said).toEqual(SAID[name]);
  const refused = diagnostics.some(({ severity }) => severity === 'error');
  if (refused) expect(steps).toEqual([]);
  const original = outcomes.get(name) === true;
  expect(READ_HERE[name] !== undefined).toBe(!original && !refused);
  expect(REFUSED_HERE[name] !== undefined).toBe(original && refused);
});
