/**
 * Questions about flows, for tests.
 *
 * @module
 */
import fc, { type Arbitrary } from 'fast-check';
import { AES_CBC } from '../../src/crypto/aes-cbc.ts';
import { AES_GCM_16 } from '../../src/crypto/aes-gcm.ts';
import { HMAC_SHA1 } from '../../src/crypto/hmac-sha1.ts';
import { HMAC_SHA256 } from '../../src/crypto/hmac-sha2.ts';
import { policyKey, saKey } from '../../src/ipsec/contents.ts';
import {
  type Explanation,
  explain,
  type Question,
  type Role,
} from '../../src/ipsec/explanation/explain.ts';
import type { Flow } from '../../src/ipsec/explanation/flow.ts';
import { recordsOf } from '../../src/ipsec/explanation/tables.ts';
import { UNLIMITED } from '../../src/ipsec/lifetime.ts';
import {
  type Action,
  DEFAULT_PRIORITY,
  IPSEC_PROTOCOLS,
  type Policy,
  type Template,
} from '../../src/ipsec/policy.ts';
import { ESP_IN_UDP_PORT, type SaParameters } from '../../src/ipsec/sa-parameters.ts';
import { NO_DETAIL } from '../../src/ipsec/selector.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { IP_PROTOCOL } from '../../src/net/ip-protocol.ts';
import { ANY_PORT, onePort } from '../../src/net/port-range.ts';
import { everywhere, hostPrefix } from '../../src/net/prefix.ts';
import { ENDS, INSIDE, type Version } from './data-path-pair.ts';
import { ALICE, BOB } from './packets.ts';
import { ahSa, cipherOf, espSa, integrityOf, ipcompSa } from './sas.ts';

/** A flow of Alice's to Bob, TCP to port 5901 unless told otherwise. */
export function flow(parts: Partial<Flow> = {}): Flow {
  return {
    source: ALICE,
    destination: BOB,
    protocol: IP_PROTOCOL.tcp,
    sourcePort: null,
    destinationPort: 5901,
    messageType: null,
    messageCode: null,
    ...parts,
  };
}

/** What is said of `asked` by a host with `sas` and `policies`, both oldest first. */
export function explained(
  asked: Flow,
  role: Role,
  sas: readonly SaParameters[],
  policies: readonly Policy[],
  parts: Partial<Question> = {},
): Explanation {
  const told = sas.map((sa) => ({ sa, sequenceNumber: 0 }));
  return explain({
    flow: asked,
    role,
    rules: 'userspace',
    records: recordsOf(told, policies, 0),
    linkMtu: () => 1500,
    lengths: (_, mtu) => [mtu],
    now: 0,
    ...parts,
  });
}

/** A host, and packets that it may meet. */
export interface Situation {
  readonly flow: Flow;
  /** Octets of the packet. */
  readonly length: number;
  readonly sas: readonly SaParameters[];
  readonly policies: readonly Policy[];
}

/** Few addresses, so that things meet. */
function addressesOf(version: Version): readonly IpAddress[] {
  const { source, destination } = INSIDE[version];
  return [...ENDS[version], source, destination];
}

const version = fc.constantFrom<Version[]>(4, 6);
const mode = fc.constantFrom('transport' as const, 'tunnel' as const);
const protocol = fc.constantFrom(...IPSEC_PROTOCOLS);
const nextLayer = fc.constantFrom(IP_PROTOCOL.tcp, IP_PROTOCOL.udp);
const port = fc.constantFrom(22, 5901);
const reqid = fc.constantFrom(0, 0, 7);

/** Most often from the first to the second. */
function pairOf(all: readonly IpAddress[]): Arbitrary<readonly [IpAddress, IpAddress]> {
  return fc
    .oneof(
      { weight: 3, arbitrary: fc.constant([0, 1] as const) },
      { weight: 1, arbitrary: fc.constant([1, 0] as const) },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.nat({ max: all.length - 1 }), fc.nat({ max: all.length - 1 })),
      },
    )
    .map(([from, to]) => [all[from] ?? ALICE, all[to === from ? (to + 1) % 4 : to] ?? BOB]);
}

function saBetween(all: readonly IpAddress[]): Arbitrary<SaParameters> {
  return fc
    .record({
      ends: pairOf(all),
      protocol,
      ...{ mode, reqid, spi: fc.integer({ min: 0x1000, max: 0x1010 }) },
      combined: fc.boolean(),
      long: fc.boolean(),
      inUdp: fc.boolean(),
      seconds: fc.constantFrom(0, 0, 0, 3),
      extended: fc.boolean(),
    })
    .map(({ ends: [source, destination], combined, long, inUdp, seconds, extended, ...rest }) => {
      const common = {
        ...{ source, destination, ...rest, replayWindow: 0, softLifetime: UNLIMITED },
        hardLifetime: { ...UNLIMITED, seconds },
      };
      if (rest.protocol === 'ipcomp') return ipcompSa(common);
      const integrity = integrityOf(long ? HMAC_SHA256 : HMAC_SHA1);
      const secured = { ...common, extendedSequenceNumbers: extended, replayWindow: 32 };
      if (rest.protocol === 'ah') return ahSa({ ...secured, integrity });
      const ports = { sourcePort: ESP_IN_UDP_PORT, destinationPort: ESP_IN_UDP_PORT };
      return espSa({
        ...secured,
        encryption: cipherOf(combined ? AES_GCM_16 : AES_CBC),
        integrity: combined ? null : integrity,
        encapsulation: inUdp ? { ...ports, originalAddress: null } : null,
      });
    });
}

function templateBetween(all: readonly IpAddress[], received: boolean): Arbitrary<Template> {
  return fc
    .record({
      protocol,
      ...{ mode, reqid, ends: pairOf(all) },
      level: fc.constantFrom('require' as const, 'require' as const, 'use' as const),
    })
    .map(({ ends: [from, to], ...rest }) => {
      const [local, remote] = received ? [to, from] : [from, to];
      return { ...rest, endpoints: rest.mode === 'tunnel' ? { local, remote } : null };
    });
}

function policyBetween(all: readonly IpAddress[], of: Version): Arbitrary<Policy> {
  const direction = fc.constantFrom('outbound' as const, 'inbound' as const, 'forward' as const);
  return direction.chain((way) =>
    fc
      .record({
        ends: pairOf(all),
        wide: fc.tuple(fc.boolean(), fc.boolean()),
        next: fc.oneof(fc.constant('any' as const), nextLayer),
        ports: fc.tuple(fc.option(port), fc.option(port)),
        action: fc.oneof(
          fc.constantFrom<Action>({ kind: 'discard' }, { kind: 'bypass' }),
          ...PROTECTING.map((length) =>
            fc
              .array(templateBetween(all, way !== 'outbound'), {
                minLength: length,
                maxLength: length,
              })
              .map((templates): Action => ({ kind: 'protect', templates })),
          ),
        ),
        priority: fc.constantFrom(DEFAULT_PRIORITY, DEFAULT_PRIORITY, 1000),
      })
      .map(({ ends: [local, remote], wide, next, ports, action, priority }) => {
        const range = (one: number | null) =>
          next === 'any' || one === null ? ANY_PORT : onePort(one);
        return {
          direction: way,
          action,
          priority,
          selector: {
            localAddress: wide[0] ? everywhere(of) : hostPrefix(local),
            remoteAddress: wide[1] ? everywhere(of) : hostPrefix(remote),
            nextLayerProtocol: next,
            localPort: range(ports[0]),
            remotePort: range(ports[1]),
            ...NO_DETAIL,
          },
        };
      }),
  );
}

/** How many layers, most often one. */
const PROTECTING = [1, 1, 1, 2] as const;

/** Hosts with few SAs and policies, and packets that these may be about. */
export const situation: Arbitrary<Situation> = version.chain((of) => {
  const all = addressesOf(of);
  return fc.record({
    flow: fc
      .record({ ends: pairOf(all), protocol: nextLayer, ports: fc.tuple(port, port) })
      .map(({ ends: [source, destination], protocol: next, ports }) =>
        flow({
          ...{ source, destination, protocol: next },
          ...{ sourcePort: ports[0], destinationPort: ports[1] },
        }),
      ),
    length: fc.integer({ min: 60, max: 1200 }),
    sas: fc.uniqueArray(saBetween(all), { maxLength: 24, selector: saKey }),
    policies: fc.uniqueArray(policyBetween(all, of), { maxLength: 6, selector: policyKey }),
  });
});
