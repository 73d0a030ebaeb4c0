/**
 * Arbitrary values of `ipsec/` for fast-check: well formed, not always sensible.
 *
 * @module
 */
import fc, { type Arbitrary } from 'fast-check';
import { ENCRYPTION_ALGORITHMS, INTEGRITY_ALGORITHMS } from '../../src/crypto/registry.ts';
import { Secret } from '../../src/crypto/secret.ts';
import type { PolicyRecord, SaRecord } from '../../src/ipsec/backend.ts';
import type { Change } from '../../src/ipsec/change.ts';
import { COMPRESSION_ALGORITHMS } from '../../src/ipsec/compression.ts';
import { type BackendEvent, withoutKeys } from '../../src/ipsec/events.ts';
import {
  type Action,
  IPSEC_PROTOCOLS,
  type Policy,
  type Template,
} from '../../src/ipsec/policy.ts';
import type { SaId, SaParameters } from '../../src/ipsec/sa-parameters.ts';
import type { Selector } from '../../src/ipsec/selector.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import type { PortRange } from '../../src/net/port-range.ts';
import { addressBits, type Prefix } from '../../src/net/prefix.ts';
import { toHex } from '../../src/octets/hex.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const count = fc.maxSafeNat();

function octets(length: number): Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

const ipAddress: Arbitrary<IpAddress> = fc.oneof(
  fc.record({ version: fc.constant(4 as const), octets: octets(4) }),
  fc.record({ version: fc.constant(6 as const), octets: octets(16) }),
);

const prefix: Arbitrary<Prefix> = ipAddress.chain((address) =>
  fc.record({
    address: fc.constant(address),
    length: fc.nat({ max: addressBits(address.version) }),
  }),
);

const secret = fc.uint8Array({ maxLength: 64 }).map((key) => new Secret(key));
const lifetime = fc.record({ seconds: count, octets: count, packets: count });
const protocol = fc.constantFrom(...IPSEC_PROTOCOLS);
const port = fc.nat({ max: 0xffff });
const octet = fc.nat({ max: 0xff });
const securityContext = fc.record({ doi: octet, algorithm: octet, label: fc.string() });
const mode = fc.constantFrom('transport' as const, 'tunnel' as const);
const direction = fc.constantFrom('outbound' as const, 'inbound' as const, 'forward' as const);
const instant = fc.maxSafeInteger();

const saId: Arbitrary<SaId> = fc.record({ destination: ipAddress, protocol, spi: u32 });

const sa: Arbitrary<SaParameters> = fc.record({
  source: ipAddress,
  destination: ipAddress,
  protocol,
  spi: u32,
  mode,
  reqid: u32,
  replayWindow: u32,
  encryption: fc.option(
    fc.record({ algorithm: fc.constantFrom(...ENCRYPTION_ALGORITHMS), key: secret }),
  ),
  integrity: fc.option(
    fc.record({
      algorithm: fc.constantFrom(...INTEGRITY_ALGORITHMS),
      key: secret,
      icvLength: fc.nat({ max: 64 }),
    }),
  ),
  compression: fc.option(fc.constantFrom(...COMPRESSION_ALGORITHMS)),
  encapsulation: fc.option(
    fc.record({ sourcePort: port, destinationPort: port, originalAddress: fc.option(ipAddress) }),
  ),
  extendedSequenceNumbers: fc.boolean(),
  securityContext: fc.option(securityContext),
  softLifetime: lifetime,
  hardLifetime: lifetime,
});

const portRange: Arbitrary<PortRange> = fc.record({ first: port, last: port });

const selector: Arbitrary<Selector> = fc.record({
  localAddress: prefix,
  remoteAddress: prefix,
  nextLayerProtocol: fc.oneof(fc.constant('any' as const), fc.nat({ max: 255 })),
  localPort: portRange,
  remotePort: portRange,
  message: fc.option(fc.record({ type: fc.option(octet), code: fc.option(octet) })),
  greKey: fc.option(u32),
  securityContext: fc.option(securityContext),
});

const template: Arbitrary<Template> = fc.record({
  protocol,
  mode,
  endpoints: fc.option(fc.record({ local: ipAddress, remote: ipAddress })),
  level: fc.constantFrom('use' as const, 'require' as const),
  reqid: u32,
});

const action: Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('discard' as const) }),
  fc.record({ kind: fc.constant('bypass' as const) }),
  fc.record({ kind: fc.constant('protect' as const), templates: fc.array(template) }),
);

const policy: Arbitrary<Policy> = fc.record({ direction, selector, action, priority: u32 });

/** Changes of every kind. */
export const change: Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('add-sa' as const), sa }),
  fc.record({
    kind: fc.constant('add-sa' as const),
    sa,
    from: fc.record({ sent: fc.nat(), received: fc.nat() }),
  }),
  fc.record({ kind: fc.constant('delete-sa' as const), id: saId }),
  fc.record({
    kind: fc.constant('delete-sas-between' as const),
    pair: fc.record({ source: ipAddress, destination: ipAddress, protocol: fc.option(protocol) }),
  }),
  fc.record({ kind: fc.constant('flush-sas' as const), protocol: fc.option(protocol) }),
  fc.record({ kind: fc.constant('add-policy' as const), policy }),
  fc.record({ kind: fc.constant('update-policy' as const), policy }),
  fc.record({
    kind: fc.constant('delete-policy' as const),
    policy: fc.record({ direction, selector }),
  }),
  fc.record({ kind: fc.constant('flush-policies' as const) }),
);

/** SAs as a backend reports them. */
export const saRecord: Arbitrary<SaRecord> = fc.record({
  parameters: sa,
  state: fc.constantFrom('larval' as const, 'mature' as const, 'dying' as const, 'dead' as const),
  sequenceNumber: u32,
  addedAt: instant,
  usedAt: fc.option(instant),
  octets: count,
  packets: count,
  window: fc.option(fc.record({ highest: count, missing: count })),
  discards: fc.dictionary(fc.constantFrom('in-state-seq-error', 'out-state-expired'), count, {
    noNullPrototype: true,
  }),
});

const policyParts = { policy, index: u32, addedAt: instant, usedAt: fc.option(instant) };

const keylessRecord = saRecord.map(withoutKeys);

/** Policies as a backend reports them. */
export const policyRecord: Arbitrary<PolicyRecord> = fc.record(policyParts);

const limit = fc.constantFrom('soft' as const, 'hard' as const);

/** Events of every kind. */
export const backendEvent: Arbitrary<BackendEvent> = fc.oneof(
  fc
    .tuple(fc.constantFrom('sa-added' as const, 'sa-updated', 'sa-deleted'), keylessRecord)
    .map(([kind, record]) => ({ kind, ...record })),
  fc
    .tuple(limit, keylessRecord)
    .map(([which, record]) => ({ kind: 'sa-expired' as const, limit: which, ...record })),
  fc.record({ kind: fc.constant('sas-flushed' as const), protocol: fc.option(protocol) }),
  fc.record({
    kind: fc.constantFrom(
      'policy-added' as const,
      'policy-updated' as const,
      'policy-deleted' as const,
    ),
    ...policyParts,
  }),
  fc.record({ kind: fc.constant('policy-expired' as const), limit, ...policyParts }),
  fc.record({
    kind: fc.constant('acquire' as const),
    source: ipAddress,
    destination: ipAddress,
    template,
    selector,
    policy,
    index: u32,
  }),
  fc.record({ kind: fc.constantFrom('policies-flushed' as const, 'overrun' as const) }),
);

/** `value` with every key in the open, where it can be compared. */
export function exposed(value: unknown): unknown {
  if (value instanceof Secret) return { secret: toHex(value.expose()) };
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(exposed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, exposed(part)]));
}
