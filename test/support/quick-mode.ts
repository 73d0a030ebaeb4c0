/**
 * Quick mode for tests: policies of the SPD and of IKE, and any of them that go together.
 *
 * @module
 */
import fc, { type Arbitrary } from 'fast-check';
import { AES_CBC } from '../../src/crypto/aes-cbc.ts';
import { AES_CTR } from '../../src/crypto/aes-ctr.ts';
import { AES_GCM_16 } from '../../src/crypto/aes-gcm.ts';
import { DH_GROUPS } from '../../src/crypto/dh-group.ts';
import { HMAC_SHA1 } from '../../src/crypto/hmac-sha1.ts';
import { HMAC_SHA256, HMAC_SHA512 } from '../../src/crypto/hmac-sha2.ts';
import { INSECURE_3DES_CBC } from '../../src/crypto/insecure/3des-cbc.ts';
import { INSECURE_BLOWFISH_CBC } from '../../src/crypto/insecure/blowfish-cbc.ts';
import { NULL, NULL_INTEGRITY } from '../../src/crypto/null.ts';
import type { Origin } from '../../src/ike/origin.ts';
import type { Ends } from '../../src/ike/path.ts';
import type { QuickModePolicy } from '../../src/ike/quick-mode-policy.ts';
import type { Acceptance } from '../../src/ike/v1/quick-mode/choose.ts';
import { DEFLATE } from '../../src/ipsec/compression.ts';
import { DEFAULT_PRIORITY, type Policy, type Template } from '../../src/ipsec/policy.ts';
import { type Direction, NO_DETAIL, type Selector } from '../../src/ipsec/selector.ts';
import { type IpAddress, parseIpAddress } from '../../src/net/ip-address.ts';
import { ANY_PORT } from '../../src/net/port-range.ts';
import { type Prefix, parsePrefix } from '../../src/net/prefix.ts';

export const HERE: IpAddress = address('10.9.0.1');
export const THERE: IpAddress = address('10.9.0.2');

/** The ends of IKE as the host at 10.9.0.1 sees them. */
export const ENDS: Ends = { local: HERE, remote: THERE };

/** The same, seen from the other side. */
export function turned({ local, remote }: Ends): Ends {
  return { local: remote, remote: local };
}

/** The address `text`. */
export function address(text: string): IpAddress {
  return parseIpAddress(text) ?? fail(text);
}

/** The prefix `text`. */
export function prefix(text: string): Prefix {
  return parsePrefix(text) ?? fail(text);
}

/** A selector for all protocols and ports, unless `rest` says otherwise. */
export function selectorBetween(
  local: string,
  remote: string,
  rest: Partial<Selector> = {},
): Selector {
  return {
    localAddress: prefix(local),
    remoteAddress: prefix(remote),
    nextLayerProtocol: 'any',
    localPort: ANY_PORT,
    remotePort: ANY_PORT,
    ...NO_DETAIL,
    ...rest,
  };
}

/** `esp/tunnel ah/transport:7`: innermost first, tunnels between `ends`, with a reqid behind a colon. */
export function templatesOf(text: string, ends: Ends = ENDS): readonly Template[] {
  return text.split(' ').map((each): Template => {
    const [, protocol, mode, reqid] =
      /^(esp|ah|ipcomp)\/(tunnel|transport)(?::(\d+))?$/.exec(each) ?? fail(each);
    return {
      protocol: protocol as Template['protocol'],
      mode: mode as Template['mode'],
      endpoints: mode === 'tunnel' ? ends : null,
      level: 'require',
      reqid: Number(reqid ?? 0),
    };
  });
}

/** A policy that protects what `selector` picks by the layers of {@link templatesOf}. */
export function policyOf(
  direction: Direction,
  layers: string,
  selector: Selector = selectorBetween('10.9.0.1', '10.9.0.2'),
  ends: Ends = ENDS,
): Policy {
  const templates = templatesOf(layers, ends);
  return {
    direction,
    selector,
    action: { kind: 'protect', templates },
    priority: DEFAULT_PRIORITY,
  };
}

/** A `sainfo anonymous` with AES and HMAC-SHA-256, unless `rest` says otherwise. */
export function sainfo(rest: Partial<QuickModePolicy> = {}): QuickModePolicy {
  const origins = new Map(
    STATEMENTS.map((text, line): [string, Origin] => [
      text,
      { file: 'racoon.conf', line: line + 2, column: 3, text },
    ]),
  );
  return {
    local: 'anonymous',
    remote: 'anonymous',
    from: null,
    group: null,
    remoteId: 0,
    pfsGroup: null,
    lifetimeSeconds: 1800,
    encryption: [{ algorithm: AES_CBC, keyBits: 128 }],
    integrity: [HMAC_SHA256],
    compression: [DEFLATE],
    at: { file: 'racoon.conf', line: 1, column: 1, text: 'sainfo' },
    origins,
    ...rest,
  };
}

const STATEMENTS = [
  'encryption_algorithm',
  'authentication_algorithm',
  'compression_algorithm',
  'lifetime',
  'pfs_group',
];

const arbitrarySainfo: Arbitrary<QuickModePolicy> = fc
  .record({
    encryption: fc.uniqueArray(
      fc.constantFrom(
        { algorithm: AES_CBC, keyBits: 128 },
        { algorithm: AES_CBC, keyBits: 256 },
        { algorithm: AES_CTR, keyBits: 160 },
        { algorithm: AES_GCM_16, keyBits: 288 },
        { algorithm: INSECURE_3DES_CBC, keyBits: 192 },
        { algorithm: INSECURE_BLOWFISH_CBC, keyBits: 448 },
        { algorithm: NULL, keyBits: 0 },
      ),
      { minLength: 1 },
    ),
    integrity: fc
      .uniqueArray(fc.constantFrom(HMAC_SHA1, HMAC_SHA256, HMAC_SHA512, NULL_INTEGRITY), {
        minLength: 1,
      })
      .filter((all) => all.some((each) => each !== NULL_INTEGRITY)),
    pfsGroup: fc.option(fc.constantFrom(...DH_GROUPS)),
    lifetimeSeconds: fc.integer({ min: 1, max: 1_000_000 }),
  })
  .map(sainfo);

/** What both of two peers may have been told, the first of them at 10.9.0.1. */
export const arbitraryTerms: Arbitrary<Omit<Acceptance, 'bundle'> & { readonly layers: string }> =
  fc.record({
    layers: fc.constantFrom(
      'esp/transport',
      'ah/transport',
      'esp/tunnel',
      'esp/transport ah/transport',
      'esp/tunnel ah/transport',
      'ipcomp/transport esp/transport',
      'ipcomp/tunnel esp/transport',
      'ipcomp/tunnel esp/transport:5 ah/transport:6',
      'esp/tunnel:7 ah/tunnel:8',
    ),
    policy: arbitrarySainfo,
    check: fc.constantFrom('obey', 'strict', 'claim', 'exact'),
    udp: fc.constantFrom(null, 'rfc', 'draft'),
    complexBundles: fc.boolean(),
  });

function fail(text: string): never {
  throw new TypeError(`Cannot read "${text}"`);
}
