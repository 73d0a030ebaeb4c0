/**
 * Arbitrary changes that make sense (`ipsec/validity.ts`), for fast-check.
 *
 * @module
 */
import fc, { type Arbitrary } from 'fast-check';
import { isCounterMode } from '../../src/crypto/algorithm.ts';
import { NULL_INTEGRITY } from '../../src/crypto/null.ts';
import { ENCRYPTION_ALGORITHMS, INTEGRITY_ALGORITHMS } from '../../src/crypto/registry.ts';
import { Secret } from '../../src/crypto/secret.ts';
import type { Change } from '../../src/ipsec/change.ts';
import { DEFLATE } from '../../src/ipsec/compression.ts';
import {
  type Action,
  DEFAULT_PRIORITY,
  IPSEC_PROTOCOLS,
  type Policy,
  type Template,
} from '../../src/ipsec/policy.ts';
import { isAuthenticated, type SaParameters } from '../../src/ipsec/sa-parameters.ts';
import type { Selector } from '../../src/ipsec/selector.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { hasMessages, IP_PROTOCOL } from '../../src/net/ip-protocol.ts';
import { ANY_PORT, onePort, type PortRange } from '../../src/net/port-range.ts';
import { addressBits, type Prefix } from '../../src/net/prefix.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const octet = fc.nat({ max: 0xff });
const NOTHING = fc.constant(null);
/** Most SAs and templates have one that a person chose, or none. */
const reqid = fc.oneof(fc.constant(0), fc.nat({ max: 16383 }), u32);
const version = fc.constantFrom(4 as const, 6 as const);
const protocol = fc.constantFrom(...IPSEC_PROTOCOLS);
const mode = fc.constantFrom('transport' as const, 'tunnel' as const);
const direction = fc.constantFrom('outbound' as const, 'inbound' as const, 'forward' as const);

function address(of: 4 | 6): Arbitrary<IpAddress> {
  const length = addressBits(of) / 8;
  return fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((octets) => ({ version: of, octets }));
}

function prefix(of: 4 | 6): Arbitrary<Prefix> {
  return fc.record({ address: address(of), length: fc.nat({ max: addressBits(of) }) });
}

/** Different octets throughout, so that no part of a key repeats another. */
function keyOf(keyBits: readonly number[]): Arbitrary<Secret> {
  if (keyBits.length === 0) return NOTHING.map(() => new Secret(new Uint8Array(0)));
  return fc
    .tuple(fc.constantFrom(...keyBits), octet)
    .map(([bits, first]) => new Secret(Uint8Array.from({ length: bits / 8 }, (_, k) => first + k)));
}

const encryption = fc
  .constantFrom(...ENCRYPTION_ALGORITHMS)
  .chain((algorithm) =>
    fc.record({ algorithm: fc.constant(algorithm), key: keyOf(algorithm.keyBits) }),
  );

const integrity = fc.constantFrom(...INTEGRITY_ALGORITHMS).chain((algorithm) =>
  fc.record({
    algorithm: fc.constant(algorithm),
    key: keyOf(algorithm.keyBits),
    icvLength: fc.constantFrom(algorithm.classicIcvLength, algorithm.icvLength),
  }),
);

const nullIntegrity = keyOf([]).map((key) => ({ algorithm: NULL_INTEGRITY, key, icvLength: 0 }));

type Algorithms = Pick<SaParameters, 'encryption' | 'integrity' | 'compression'>;

const esp: Arbitrary<Algorithms> = encryption.chain((cipher) => {
  const beside = isCounterMode(cipher.algorithm)
    ? integrity
    : fc.oneof(integrity, nullIntegrity, fc.constant(null));
  return fc.record({
    encryption: fc.constant(cipher),
    integrity: cipher.algorithm.kind === 'aead' ? fc.constant(null) : beside,
    compression: NOTHING,
  });
});

const ALGORITHMS: Readonly<Record<SaParameters['protocol'], Arbitrary<Algorithms>>> = {
  esp,
  ah: fc.record({
    encryption: NOTHING,
    integrity,
    compression: NOTHING,
  }),
  ipcomp: fc.constant({ encryption: null, integrity: null, compression: DEFLATE }),
};

/** Also with a quote, which a setkey file cannot have. */
const label = fc.stringMatching(/^[\x20-\x7e]{1,40}$/);
const securityContext = fc.option(fc.record({ doi: octet, algorithm: octet, label }));
const port = fc.integer({ min: 1, max: 0xffff });
const count = fc.integer({ min: 0, max: 2 ** 48 });
/** Seldom in packets, of which the setkey language knows nothing. */
const lifetime = fc.record({
  seconds: count,
  octets: count,
  packets: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: count }),
});

function sa(of: 4 | 6, kind: SaParameters['protocol']): Arbitrary<SaParameters> {
  const encapsulation = fc.record({
    sourcePort: port,
    destinationPort: port,
    originalAddress: fc.option(address(of)),
  });
  return fc
    .record({
      source: address(of),
      destination: address(of),
      protocol: fc.constant(kind),
      spi: fc.integer(kind === 'ipcomp' ? { min: 1, max: 0xffff } : { min: 256, max: 0xffffffff }),
      mode,
      reqid,
      replayWindow: fc.nat({ max: kind === 'ipcomp' ? 0 : 4096 }),
      algorithms: ALGORITHMS[kind],
      encapsulation: kind === 'esp' ? fc.option(encapsulation) : fc.constant(null),
      wantsExtended: fc.boolean(),
      securityContext,
      softLifetime: lifetime,
      hardLifetime: lifetime,
    })
    .map(({ algorithms, wantsExtended, ...rest }) => ({
      ...rest,
      ...algorithms,
      extendedSequenceNumbers:
        wantsExtended && rest.replayWindow > 0 && isAuthenticated({ ...algorithms }),
    }));
}

/** Any, one, a range; seldom 0, which a setkey file cannot name. */
const portRange: Arbitrary<PortRange> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(ANY_PORT) },
  { weight: 4, arbitrary: port.map(onePort) },
  { weight: 1, arbitrary: fc.constant(onePort(0)) },
  { weight: 1, arbitrary: fc.tuple(port, port).map(([a, b]) => ordered(a, b)) },
);

function ordered(a: number, b: number): PortRange {
  return { first: Math.min(a, b), last: Math.max(a, b) };
}

const nextLayerProtocol = fc.oneof(
  fc.constantFrom('any' as const, ...Object.values(IP_PROTOCOL)),
  fc.nat({ max: 255 }),
);
const someOctet = fc.option(octet);

/** What a selector says beyond addresses, protocol and ports. */
function detail(of: number | 'any'): Arbitrary<Pick<Selector, 'message' | 'greKey'>> {
  const message = fc
    .record({ type: someOctet, code: of === IP_PROTOCOL['mobility-header'] ? NOTHING : someOctet })
    .map((parts) => (parts.type === null && parts.code === null ? null : parts));
  return fc.record({
    message: hasMessages(of) ? message : NOTHING,
    greKey: of === IP_PROTOCOL.gre ? fc.option(fc.oneof(fc.constant(0), u32)) : NOTHING,
  });
}

function selector(of: 4 | 6): Arbitrary<Selector> {
  return nextLayerProtocol.chain((next) =>
    fc
      .record({
        localAddress: prefix(of),
        remoteAddress: prefix(of),
        localPort: portRange,
        remotePort: portRange,
        detail: detail(next),
        securityContext,
      })
      .map(({ detail: parts, ...rest }) => ({ ...rest, ...parts, nextLayerProtocol: next })),
  );
}

function template(of: 4 | 6): Arbitrary<Template> {
  const level = fc.constantFrom('use' as const, 'require' as const);
  return fc.oneof(
    fc.record({ protocol, mode: fc.constant('transport'), endpoints: NOTHING, level, reqid }),
    fc.record({
      protocol,
      mode: fc.constant('tunnel'),
      endpoints: fc.record({ local: address(of), remote: address(of) }),
      level,
      reqid,
    }),
  );
}

const action: Arbitrary<Action> = version.chain((of) =>
  fc.oneof(
    fc.constant({ kind: 'discard' } as const),
    fc.constant({ kind: 'bypass' } as const),
    fc.record({
      kind: fc.constant('protect' as const),
      templates: fc.array(template(of), { minLength: 1, maxLength: 6 }),
    }),
  ),
);

const policy: Arbitrary<Policy> = fc.record({
  direction,
  selector: version.chain(selector),
  action,
  priority: fc.oneof(fc.constant(DEFAULT_PRIORITY), u32),
});

/** Changes of every kind. */
export const validChange: Arbitrary<Change> = version.chain((of) => {
  const ends = { source: address(of), destination: address(of) };
  return fc.oneof(
    protocol
      .chain((kind) => sa(of, kind))
      .map((parameters) => ({ kind: 'add-sa', sa: parameters }) as const),
    protocol
      .chain((kind) => sa(of, kind))
      .map(({ destination, protocol: of, spi }) => ({
        kind: 'delete-sa' as const,
        id: { destination, protocol: of, spi },
      })),
    fc.record({
      kind: fc.constant('delete-sas-between' as const),
      pair: fc.record({ ...ends, protocol: fc.option(protocol) }),
    }),
    fc.record({ kind: fc.constant('flush-sas' as const), protocol: fc.option(protocol) }),
    fc.record({ kind: fc.constantFrom('add-policy' as const, 'update-policy' as const), policy }),
    policy.map(({ direction, selector }) => ({
      kind: 'delete-policy' as const,
      policy: { direction, selector },
    })),
    fc.constant({ kind: 'flush-policies' } as const),
  );
});
