/**
 * What is explained is what the data path does.
 *
 * @module
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataPath, memoryFor } from '../../../test/support/data-path.ts';
import { everything } from '../../../test/support/data-path-pair.ts';
import { explained, flow, type Situation, situation } from '../../../test/support/explaining.ts';
import { udpPacket } from '../../../test/support/packets.ts';
import { endsOf, PROTECTIONS, pairUnder, sealedBy } from '../../../test/support/protections.ts';
import { addPolicy, addSa } from '../../../test/support/sas.ts';
import { nodeProvider } from '../../crypto/node-provider.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { setU16 } from '../../octets/octets.ts';
import { setIpv4TotalLength, updateIpv4Checksum } from '../../wire/ipv4.ts';
import { setIpv6PayloadLength } from '../../wire/ipv6.ts';
import type { Policy, Template } from '../policy.ts';
import { formatSaId } from '../sa-parameters.ts';
import type { Arrival } from './arrival.ts';
import type { Departure } from './departure.ts';
import { explain } from './explain.ts';
import { type Flow, ipHeaderLength, packetOf } from './flow.ts';

/** In milliseconds: past the hard lifetime of some of the SAs. */
const NOW = 5000;
const RUNS = 250;
/** Octets of a packet that IPComp makes shorter: one that it leaves alone says nothing of its SA. */
const COMPRESSED = 200;

/** One provider for all: thousands of hosts follow each other. */
const crypto = nodeProvider({ octets: new Uint8Array(memoryFor(2048)) });

function hostOf({ sas, policies }: Pick<Situation, 'sas' | 'policies'>): DataPath {
  const host = new DataPath(crypto);
  host.commit(...sas.map(addSa), ...policies.map(addPolicy));
  return host;
}

/** A packet of `asked` with `length` octets in all, and nothing but zeros behind its headers. */
function packetOfLength(asked: Flow, length: number): Uint8Array {
  const octets = new Uint8Array(length);
  octets.set(packetOf(asked));
  const at = ipHeaderLength(asked);
  if (asked.protocol === IP_PROTOCOL.udp) setU16(octets, at + 4, length - at);
  if (asked.source.version === 6) {
    setIpv6PayloadLength(octets, 0, length - at);
  } else {
    setIpv4TotalLength(octets, 0, length);
    updateIpv4Checksum(octets, 0);
  }
  return octets;
}

function layersOf({ layers }: Departure | Arrival): string[] {
  return layers.flatMap(({ sa }) => (sa === null ? [] : [formatSaId(sa.parameters)]));
}

describe('what is explained of a packet', () => {
  test('that leaves is what outbound processing does with it', () => {
    const met = new Map<string, number>();
    fc.assert(
      fc.property(situation, ({ flow: asked, length, sas, policies }) => {
        const host = hostOf({ sas, policies });
        const parts = { now: NOW, lengths: () => [length] };
        const { departure } = explained(asked, 'outbound', sas, policies, parts).there;
        if (departure === null) throw new Error('nothing leaves');
        const packet = packetOfLength(asked, length);
        const sent = host.send(packet, NOW);
        const { outcome, reason, wire } = departure;
        met.set(reason ?? outcome, (met.get(reason ?? outcome) ?? 0) + 1);
        if (sent === 'bypass' || sent === 'unmatched') {
          expect(outcome).toBe('clear');
          expect(wire?.forms[0]?.length).toBe(length);
        } else if (typeof sent === 'string') {
          expect({ outcome, reason }).toEqual({ outcome: 'discarded', reason: sent });
        } else {
          expect(outcome).toBe('protected');
          const used = [...host.databases.sas(NOW)].filter(({ packets }) => packets > 0);
          const names = new Set(used.map(({ parameters }) => formatSaId(parameters)));
          expect(new Set(layersOf(departure))).toEqual(names);
          const compresses = used.some(({ parameters }) => parameters.protocol === 'ipcomp');
          const predicted = wire?.forms[0]?.length ?? 0;
          if (compresses) expect(sent.length).toBeLessThanOrEqual(predicted);
          else expect(sent).toHaveLength(predicted);
        }
      }),
      { numRuns: RUNS, seed: 4301 },
    );
    // The question was asked of everything that can happen.
    for (const each of ['protected', 'clear', 'out-no-states', 'out-pol-block']) {
      expect(met.get(each) ?? 0, each).toBeGreaterThan(RUNS / 100);
    }
    expect(met.has('out-state-expired')).toBe(true);
  });

  test('that arrives is what inbound processing does with it', () => {
    const met = new Map<string, number>();
    fc.assert(
      fc.property(situation, ({ flow: asked, length, sas, policies }) => {
        const { arrival } = explained(asked, 'inbound', sas, policies, { now: NOW }).there;
        if (arrival === null) throw new Error('nothing arrives');
        const packet = packetOfLength(asked, Math.max(length, COMPRESSED));
        const host = hostOf({ sas, policies });
        const plain = host.receive(packet, NOW);
        expect(arrival.plain).toBe(typeof plain === 'string' ? plain : 'deliver');
        const { action } = arrival.policy ?? {};
        if (action?.kind !== 'protect' || arrival.layers.some(({ fault }) => fault)) return;
        const sealed = sealedByPeer(asked, sas, action.templates, packet);
        if (sealed === 'out-no-states') {
          expect(arrival.sealed).toBe('in-no-states');
          return;
        }
        // Nothing is put on where everything is optional.
        const received = host.receive(typeof sealed === 'string' ? packet : sealed, NOW);
        const verdict = typeof received === 'string' ? received : 'deliver';
        expect(arrival.sealed).toBe(verdict);
        met.set(verdict, (met.get(verdict) ?? 0) + 1);
      }),
      { numRuns: RUNS, seed: 4301 },
    );
    expect(met.get('deliver') ?? 0).toBeGreaterThan(RUNS / 100);
  });

  test.each(PROTECTIONS)('has the octets that are on the wire: $name', (protection) => {
    const pair = pairUnder(protection);
    const [source, destination] = endsOf(protection);
    const asked = flow({
      ...{ source, destination, protocol: IP_PROTOCOL.udp },
      ...{ sourcePort: 40000, destinationPort: 5000 },
    });
    const compresses = protection.layers.some(({ protocol }) => protocol === 'ipcomp');
    for (const length of [1, 14, 15, 700]) {
      const packet = udpPacket(new Uint8Array(length), { source, destination });
      const { there } = explain({
        flow: asked,
        ...{ role: 'outbound', rules: 'userspace', now: pair.now },
        records: {
          sas: [...pair.alice.engine.sas(pair.now)],
          policies: [...pair.alice.engine.policies()],
        },
        linkMtu: () => 1500,
        lengths: () => [packet.length],
      });
      const form = there.departure?.wire?.forms[0];
      if (form === undefined) throw new Error('nothing leaves');
      const octets = form.parts.reduce((sum, part) => sum + part.octets, 0);
      expect(octets).toBe(form.length);
      const sealed = sealedBy(pair, packet);
      if (compresses && length > 90) expect(sealed.length).toBeLessThan(form.length);
      else expect(sealed).toHaveLength(form.length);
    }
  });
});

/** What a peer makes of `packet` that has the same SAs, and a policy that mirrors `templates`. */
function sealedByPeer(
  { source }: Flow,
  sas: Situation['sas'],
  templates: readonly Template[],
  packet: Uint8Array,
): Uint8Array | string {
  const layers = templates.map((template) => {
    const { endpoints } = template;
    return {
      ...template,
      endpoints: endpoints && { local: endpoints.remote, remote: endpoints.local },
    };
  });
  const policies: Policy[] = [everything(source.version, ...layers)];
  return hostOf({ sas, policies }).send(packet, NOW);
}
