/**
 * Random setkey files, drawn from the grammar: every statement and every form of each part, with
 * values that mostly make sense. Keys are made of {@link KEY_OCTET} alone, so that a test can tell
 * when one is shown.
 *
 * @module
 */

/** A number below `bound`. */
export type Draw = (bound: number) => number;

/** What every key consists of, in hexadecimal digits and in quotes. */
export const KEY_OCTET = { hex: '5a', quoted: 'Z' };

/** Up to `most` statements. */
export function randomScript(draw: Draw, most: number): string {
  const count = 1 + draw(most);
  return Array.from({ length: count }, () => `${statement(draw)};${blank(draw)}`).join('');
}

function statement(draw: Draw): string {
  const make = one(draw, STATEMENTS);
  return make(draw)
    .filter((word) => word !== '')
    .join(blankOf(draw));
}

const STATEMENTS: readonly ((draw: Draw) => string[])[] = [
  (draw) => ['add', flags(draw), ...ends(draw, host), ...espOrAh(draw)],
  (draw) => ['add', flags(draw), ...ends(draw, host), ...espOrAh(draw)],
  (draw) => [
    'add',
    ...ends(draw, host),
    'ipcomp',
    cpi(draw),
    ...extensions(draw),
    ...compression(draw),
  ],
  (draw) => [
    'add',
    ...ends(draw, portedHost),
    'esp-udp',
    maybe(draw, '192.0.2.7'),
    spi(draw),
    ...extensions(draw),
    ...esp(draw),
  ],
  (draw) => [
    one(draw, ['get', 'delete', 'getspi']),
    ...ends(draw, host),
    one(draw, PROTOCOLS),
    spi(draw),
    ...extensions(draw),
  ],
  (draw) => ['deleteall', flags(draw), ...ends(draw, host), maybe(draw, one(draw, PROTOCOLS))],
  (draw) => [one(draw, ['flush', 'dump']), maybe(draw, one(draw, PROTOCOLS))],
  (draw) => [one(draw, ['spdadd', 'spdupdate']), ...selector(draw), '-P', ...policy(draw)],
  (draw) => [one(draw, ['spdadd', 'spdupdate']), ...selector(draw), '-P', ...policy(draw)],
  (draw) => ['spddelete', ...selector(draw), '-P', one(draw, DIRECTIONS)],
  (draw) => ['spdadd', 'tagged', '"x"', '-P', ...policy(draw)],
  (draw) => [one(draw, ['spdflush', 'spddump'])],
];

const PROTOCOLS = ['esp', 'esp', 'ah', 'ah', 'ipcomp', 'esp-udp', 'esp-old', 'ah-old', 'tcp'];
const DIRECTIONS = ['in', 'out', 'fwd'];

function espOrAh(draw: Draw): string[] {
  return draw(2) === 0
    ? ['esp', spi(draw), ...extensions(draw), ...esp(draw)]
    : ['ah', spi(draw), ...extensions(draw), '-A', ...integrity(draw)];
}

function esp(draw: Draw): string[] {
  return draw(3) === 0
    ? ['-E', ...cipher(draw)]
    : ['-E', ...cipher(draw), '-A', ...integrity(draw)];
}

function cipher(draw: Draw): string[] {
  const [name, octets] = one(draw, [
    ['aes-cbc', 16],
    ['rijndael-cbc', 32],
    ['3des-cbc', 24],
    ['des-cbc', 8],
    ['blowfish-cbc', 5],
    ['aes-ctr', 20],
    ['null', 0],
    ['simple', 0],
    ['des-deriv', 8],
    ['rc5-cbc', 12],
  ] as const);
  return octets === 0 ? [name] : [name, key(draw, octets)];
}

function integrity(draw: Draw): string[] {
  const [name, octets] = one(draw, [
    ['hmac-md5', 16],
    ['hmac-sha1', 20],
    ['hmac-sha256', 32],
    ['hmac-sha2-512', 64],
    ['aes-xcbc-mac', 16],
    ['null', 0],
    ['keyed-md5', 16],
    ['tcp-md5', 8],
  ] as const);
  return octets === 0 ? [name] : [name, key(draw, octets)];
}

function key(draw: Draw, octets: number): string {
  return draw(2) === 0
    ? `0x${KEY_OCTET.hex.repeat(octets)}`
    : `"${KEY_OCTET.quoted.repeat(octets)}"`;
}

function compression(draw: Draw): string[] {
  return ['-C', one(draw, ['deflate', 'deflate', 'deflate', 'lzs', 'oui']), maybe(draw, '-R')];
}

function extensions(draw: Draw): string[] {
  return Array.from({ length: draw(4) }, () =>
    one(draw, [
      `-m ${one(draw, ['transport', 'tunnel', 'any'])}`,
      `-u ${draw(70_000)}`,
      `-r ${draw(5000)}`,
      `-f ${one(draw, ['zero-pad', 'random-pad', 'seq-pad', 'nocyclic-seq'])}`,
      `-${one(draw, ['lh', 'ls', 'bh', 'bs'])} ${draw(100_000)}`,
      `-ctx 1 1 "system_u:object_r:ipsec_t:s${draw(9)}"`,
      `-esp_frag ${draw(1500)}`,
    ]),
  );
}

function selector(draw: Draw): string[] {
  return [flags(draw), ...ends(draw, range), one(draw, UPPERS), maybe(draw, '-ctx 1 1 "a:b"')];
}

const UPPERS = [
  ...['any', 'tcp', 'udp', '0', '255', '58', 'ip4', 'gre', 'esp', 'icmp', 'sctp', 'nosuch'],
  ...[
    'icmp 8,0',
    'icmp 8',
    'icmp6 128,0',
    'ipv6-icmp 300,1',
    'mh 5,0',
    'gre 0.0.4.210',
    'gre 1234',
  ],
  ...['gre 0x4d2', 'udp foo'],
];

function policy(draw: Draw): string[] {
  const rules = Array.from({ length: 1 + draw(3) }, () => rule(draw));
  return [
    one(draw, DIRECTIONS),
    maybe(draw, `${one(draw, ['prio', 'priority'])} ${one(draw, PRIORITIES)}`),
    ...one(draw, [['none'], ['discard'], ['ipsec', ...rules], ['ipsec', ...rules], ['bypass']]),
  ];
}

const PRIORITIES = ['100', '-100', 'high', 'low - 5', 'def + 10', 'high+1', 'low - 1073741824'];

function rule(draw: Draw): string {
  const protocol = one(draw, ['esp', 'ah', 'ipcomp']);
  const level = one(draw, ['default', 'use', 'require', 'unique', `unique:${draw(17_000)}`]);
  return one(draw, [
    `${protocol}/transport//${level}`,
    `${protocol}/transport`,
    `${protocol}/tunnel/10.9.0.1-10.9.0.2/${level}`,
    `${protocol}/tunnel/10.9.0.1[4500]-10.9.0.2[4500]/${level}`,
    `${protocol}/tunnel/2001:db8::1-2001:db8::2`,
    `${protocol}/tunnel//${level}`,
    `${protocol}/transport/me-any/${level}`,
  ]);
}

/** A source and a destination of one family, as a rule. */
function ends(draw: Draw, make: (draw: Draw, family: readonly string[]) => string): string[] {
  const family = one(draw, [IPV4, IPV4, IPV6, NAMES]);
  return [make(draw, family), make(draw, draw(20) === 0 ? IPV4 : family)];
}

const IPV4 = ['10.9.0.1', '10.9.0.2', '0.0.0.0', '255.255.255.255'];
const IPV6 = ['2001:db8::1', '::', '::ffff:10.9.0.1', 'fe80::1%lo'];
const NAMES = ['localhost', 'alice.example', 'no-such-host', '10.1', 'x_y'];

function host(draw: Draw, family: readonly string[]): string {
  return one(draw, family);
}

function portedHost(draw: Draw, family: readonly string[]): string {
  return `${one(draw, family)}${one(draw, ['', '[4500]', '[any]', '[70000]'])}`;
}

function range(draw: Draw, family: readonly string[]): string {
  const length = one(draw, ['', '', '/0', ' / 24', '/33']);
  return `${one(draw, family)}${length}${one(draw, ['', '', '[any]', '[80]', '[ http ]', ' [3]'])}`;
}

function flags(draw: Draw): string {
  return one(draw, ['', '', '', '-4', '-6', '-n', '-4n', '-n -6']);
}

function spi(draw: Draw): string {
  return one(draw, [
    '0x201',
    '513',
    `${256 + draw(70_000)}`,
    '0xFFFFFFFF',
    '4294967296',
    '0',
    '1a2b',
  ]);
}

function cpi(draw: Draw): string {
  return one(draw, ['3', '0x12', '0xffff', '0x10000']);
}

function maybe(draw: Draw, word: string): string {
  return draw(3) === 0 ? word : '';
}

function blankOf(draw: Draw): string {
  return one(draw, [' ', ' ', ' ', '\t', '\n', ' # a comment; "\n', '\r\n']);
}

function blank(draw: Draw): string {
  return one(draw, ['\n', '\n', '', ' ', '\r\n']);
}

function one<T>(draw: Draw, choices: readonly T[]): T {
  return choices[draw(choices.length)] as T;
}
