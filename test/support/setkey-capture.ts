/**
 * What setkey 0.8 printed of the SAs and policies of `01-basic.cf`, and what these were.
 *
 * The captures lie beside the checkout, in `../shared`, where there is one.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { AES_CBC } from '../../src/crypto/aes-cbc.ts';
import type { IntegrityAlgorithm } from '../../src/crypto/algorithm.ts';
import { HMAC_SHA1 } from '../../src/crypto/hmac-sha1.ts';
import { HMAC_SHA256, HMAC_SHA512 } from '../../src/crypto/hmac-sha2.ts';
import { INSECURE_3DES_CBC } from '../../src/crypto/insecure/3des-cbc.ts';
import { INSECURE_HMAC_MD5 } from '../../src/crypto/insecure/hmac-md5.ts';
import { NULL, NULL_INTEGRITY } from '../../src/crypto/null.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { UNLIMITED } from '../../src/ipsec/lifetime.ts';
import type { Policy, Template } from '../../src/ipsec/policy.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import type { Direction, Selector } from '../../src/ipsec/selector.ts';
import { IP_PROTOCOL } from '../../src/net/ip-protocol.ts';
import { onePort } from '../../src/net/port-range.ts';
import type { Prefix } from '../../src/net/prefix.ts';
import { sharedPath } from './examples.ts';
import { address } from './packets.ts';
import { ahSa, espSa, ipcompSa, layer, policy, protect } from './sas.ts';

/** A captured dump, {@link masked}; `null`, said in one line, when there is none. */
export function capturedDump(file: string): string | null {
  const path = sharedPath('reference', 'captured', 'setkey', file);
  return path === null ? null : masked(readFileSync(path, 'utf8').replace(/^rc=\d+\n/m, ''));
}

/** A dump with `…` for times, the process id, and the numbers that a kernel gave to policies. */
export function masked(dump: string): string {
  return dump
    .replace(/\b[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}/g, '…')
    .replace(/\b(diff: |pid=|spid=)\d+/g, '$1…');
}

/** The entries of a dump, {@link masked} and without their numbers. */
export function blocksOf(dump: string): readonly string[] {
  return masked(dump)
    .replace(/\b(sadb_seq=|\tseq=(?!0x)| seq=(?!0x))\d+/g, '$1…')
    .split(/^(?=\S)/m)
    .filter((block) => block !== '');
}

const ONE = address('192.0.2.1');
const TWO = address('192.0.2.2');
const THERE = { source: ONE, destination: TWO, replayWindow: 0 };
const BACK = { source: TWO, destination: ONE, replayWindow: 0 };
const PLAIN = {
  source: address('192.0.2.10'),
  destination: address('192.0.2.11'),
  replayWindow: 0,
  encryption: { algorithm: NULL, key: counted(0) },
};

/** The SAs of the file, newest first, as the dump has them. */
export const CAPTURED_SAS: readonly SaParameters[] = [
  espSa({ ...PLAIN, spi: 0x1235, integrity: keyed(NULL_INTEGRITY, counted(0)) }),
  espSa({ ...PLAIN, spi: 0x1234, integrity: null }),
  ipcompSa({ ...THERE, spi: 0x12 }),
  ipcompSa({ ...THERE, spi: 0x1000, mode: 'tunnel' }),
  ahSa({
    ...BACK,
    spi: 0x300,
    mode: 'tunnel',
    reqid: 100,
    integrity: keyed(HMAC_SHA512, counted(64)),
  }),
  ahSa({ ...THERE, spi: 0x300, integrity: keyed(INSECURE_HMAC_MD5, text('authentication!!')) }),
  espSa({
    ...BACK,
    spi: 514,
    reqid: 16,
    replayWindow: 4,
    encryption: { algorithm: INSECURE_3DES_CBC, key: text('kamekame12341234kame1234') },
    integrity: keyed(HMAC_SHA256, counted(32)),
    softLifetime: { ...UNLIMITED, seconds: 3000, octets: 900_000 },
    hardLifetime: { ...UNLIMITED, seconds: 3600, octets: 1_000_000 },
  }),
  espSa({
    ...THERE,
    encryption: { algorithm: AES_CBC, key: counted(16) },
    integrity: keyed(HMAC_SHA1, counted(20)),
    softLifetime: UNLIMITED,
    hardLifetime: UNLIMITED,
  }),
];

const BOTH = protect(layer('esp'), layer('ah'));
const BYPASS = { kind: 'bypass' } as const;
const [NET_ONE, NET_TWO] = [prefix('10.1.0.0', 16), prefix('10.2.0.0', 16)];

/** The policies of the file and their forward twins, newest first, as the dump has them. */
export const CAPTURED_POLICIES: readonly Policy[] = [
  between('forward', prefix('0.0.0.0', 0), prefix('0.0.0.0', 0), BYPASS, {
    nextLayerProtocol: IP_PROTOCOL.ospf,
  }),
  fromOne(8, protect(layer('ipcomp', 'use'), tunnel(8)), {
    nextLayerProtocol: IP_PROTOCOL.gre,
    priority: 0x80000000 + 100,
  }),
  fromOne(7, protect(layer('esp')), { nextLayerProtocol: IP_PROTOCOL.gre, greKey: 1234 }),
  between('outbound', prefix('192.0.2.1', 32), prefix('192.0.2.0', 24), BYPASS, {
    nextLayerProtocol: IP_PROTOCOL.icmp,
    message: { type: 8, code: null },
    priority: 0x80000000 - 100,
  }),
  fromOne(
    9,
    { kind: 'discard' },
    {
      nextLayerProtocol: IP_PROTOCOL.udp,
      remotePort: onePort(53),
      priority: 0xc0000000 + 5,
    },
  ),
  fromOne(9, protect(layer('esp', 'use')), {
    nextLayerProtocol: IP_PROTOCOL.tcp,
    remotePort: onePort(80),
    priority: 0x80000000 - 10,
  }),
  // The original forgets the number of `unique` where it makes a twin.
  between('forward', NET_ONE, NET_TWO, protect(tunnel(2)), { priority: 0x40000000 }),
  between('inbound', NET_ONE, NET_TWO, protect(tunnel(2, 16)), { priority: 0x40000000 }),
  between('outbound', NET_ONE, NET_TWO, protect(tunnel(2, 16))),
  between('forward', prefix('192.0.2.1', 32), prefix('192.0.2.2', 32), BOTH),
  between('inbound', prefix('192.0.2.1', 32), prefix('192.0.2.2', 32), BOTH),
  fromOne(2, BOTH),
];

type Parts = Partial<Selector> & { readonly priority?: number };

function between(
  direction: Direction,
  localAddress: Prefix,
  remoteAddress: Prefix,
  action: Policy['action'],
  parts: Parts = {},
): Policy {
  return policy(direction, action, { localAddress, remoteAddress, ...parts });
}

/** Outbound, from 192.0.2.1 to another host of that network. */
function fromOne(host: number, action: Policy['action'], parts: Parts = {}): Policy {
  return between('outbound', prefix('192.0.2.1', 32), prefix(`192.0.2.${host}`, 32), action, parts);
}

function tunnel(host: number, reqid = 0): Template {
  const endpoints = { local: ONE, remote: address(`192.0.2.${host}`) };
  return { protocol: 'esp', mode: 'tunnel', endpoints, level: 'require', reqid };
}

function prefix(text: string, length: number): Prefix {
  return { address: address(text), length };
}

function keyed(algorithm: IntegrityAlgorithm, key: Secret): SaParameters['integrity'] {
  return { algorithm, key, icvLength: algorithm.icvLength };
}

function counted(length: number): Secret {
  return new Secret(Uint8Array.from({ length }, (_, k) => k));
}

function text(key: string): Secret {
  return new Secret(Buffer.from(key));
}
