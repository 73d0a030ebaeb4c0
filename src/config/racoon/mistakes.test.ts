import { describe, expect, test } from 'vitest';
import { readRacoon } from './read.ts';

const PROPOSAL =
  'proposal { encryption_algorithm aes 256; hash_algorithm sha256; authentication_method rsasig; dh_group 14; }';
const SAINFO =
  'encryption_algorithm aes; authentication_algorithm hmac_sha256; compression_algorithm deflate;';

/** Line, column and code of what is said of `text`, but for warnings that nearly every text has. */
function said(text: string): string[] {
  return readRacoon({ name: 'racoon.conf', text })
    .diagnostics.filter(({ severity, code }) => severity === 'error' || !USUAL.has(code))
    .map(
      ({ line, column, severity, code }) =>
        `${line}:${column} ${severity === 'error' ? '' : 'warning '}${code}`,
    );
}

const USUAL: ReadonlySet<string> = new Set(['weak-algorithm', 'missing-certificate']);

describe('mistakes are told by place and code', () => {
  const inRemote = (statement: string): string =>
    `remote anonymous { exchange_mode main; ${PROPOSAL}\n${statement} }`;
  const inSainfo = (head: string): string => `sainfo ${head} { ${SAINFO} }`;
  for (const [text, ...expected] of [
    ['log loud;', '1:5 unknown-log-level'],
    ['path nowhere "x";', '1:6 unknown-path'],
    ['path include /etc;', '1:14 unexpected-token'],
    ['listen { isakmp host.example; }', '1:17 not-an-address'],
    ['listen { isakmp fe80::1%eth0; }', '1:17 scoped-address'],
    ['listen { isakmp 10.9.0.1[70000]; }', '1:26 out-of-range'],
    ['listen { adminsock "a" "b" "c" 888; }', '1:32 not-a-mode'],
    ['timer { interval 10; }', '1:18 missing-unit'],
    ['timer { interval 10 days; }', '1:21 unknown-unit-of-time'],
    ['timer { interval 999999999 hour; }', '1:18 out-of-range'],
    ['mode_cfg { dns4 1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4, 1.1.1.5; }', '1:12 too-many'],
    ['mode_cfg { split_network include 10.0.0.0; }', '1:42 incomplete-statement'],
    ['mode_cfg { auth_source ldap; }', '1:24 left-out'],
    ['mode_cfg { accounting pam; }', '1:23 left-out'],
    ['mode_cfg { network4 10.0.0.1; }', '1:1 warning empty-pool'],
    ['ldapcfg { bind_pw "x"; }', '1:1 warning left-out'],
    ['radiuscfg { auth "h" "x"; }', '1:1 warning left-out'],
    ['gss_id_enc utf-16le;', '1:1 warning left-out'],
    ['path backupsa "x";', '1:6 warning left-out'],
    ['privsep { chroot "x"; }', '1:11 warning left-out'],
    ['pfkey_buffer 10;', '1:1 warning left-out'],
    [inRemote('dh_group 2;'), '2:1 misplaced-group'],
    [inRemote('pfs_group 2;'), '2:1 unknown-statement'],
    [inRemote('passive yes;'), '2:9 unknown-switch'],
    [inRemote('passive on off;'), '2:12 unexpected-token'],
    [inRemote('passive;'), '2:8 incomplete-statement'],
    [inRemote('passive on; passive off;'), '2:13 warning repeated-statement'],
    [inRemote('ca_type x509 "a"; ca_type x509 "b";'), '2:19 repeated-statement'],
    [inRemote('nonce_size 4;'), '2:12 out-of-range'],
    [inRemote('lifetime 3600;'), '2:10 unexpected-token'],
    [inRemote('lifetime byte 3 MB;'), '2:1 byte-lifetime'],
    [inRemote('remote_address 10.9.0.2;'), '2:1 repeated-address'],
    [inRemote('my_identifier asn1dn;'), '2:1 missing-certificate'],
    [inRemote('my_identifier asn1dn "alice";'), '2:22 not-a-name'],
    [inRemote('my_identifier asn1dn "~zz";'), '2:22 not-hexadecimal'],
    [inRemote('my_identifier fqdn;'), '2:19 incomplete-statement'],
    [inRemote('my_identifier fqdn "";'), '2:20 empty-identifier'],
    [inRemote('my_identifier subnet 10.0.0.0;'), '2:15 unknown-identifier-type'],
    [inRemote('peers_certfile dnssec;'), '2:16 left-out'],
    [inRemote('situation secrecy;'), '2:1 warning left-out'],
    [inSainfo('address 10.1.0.0/33 any anonymous'), '1:25 out-of-range'],
    [inSainfo('address 10.1.0.0/16 any'), '1:31 incomplete-statement'],
    [inSainfo('address 10.1.0.0/16 address 10.2.0.0/16 any'), '1:28 unknown-protocol'],
    [inSainfo('address 10.1.0.0 icmp6 anonymous'), '1:25 family-mismatch'],
    [inSainfo('address 10.1.0.0[80] icmp anonymous'), '1:24 unexpected-port'],
    [inSainfo('address 10.1.0.9-10.1.0.1 any anonymous'), '1:16 empty-range'],
    [inSainfo('asn1dn "CN=a" anonymous'), '1:8 unknown-identifier-type'],
    [`${inSainfo('anonymous')}\n${inSainfo('anonymous')}`, '2:1 warning shadowed-sainfo'],
    [
      `${inSainfo('address 10.1.0.1 any anonymous')}\n${inSainfo('address 10.1.0.1/32 any address ::1 any')}`,
      '2:1 repeated-sainfo',
    ],
    [
      'sainfo anonymous { encryption_algorithm null; authentication_algorithm non_auth; compression_algorithm deflate; }',
      '1:47 warning no-protection',
    ],
    [
      'sainfo anonymous { encryption_algorithm aes256; authentication_algorithm sha1; compression_algorithm lzs; }',
      '1:41 unknown-algorithm',
      '1:74 unknown-algorithm',
      '1:102 algorithm-gone',
    ],
  ] as const) {
    test(text.slice(-60), () => expect(said(text)).toEqual(expected));
  }
});
