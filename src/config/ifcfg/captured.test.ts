/**
 * Every captured case of the network scripts is made again as they made it, but for the differences
 * in the table.
 */
import { describe, expect, test } from 'vitest';
import {
  capturedIfcfg,
  ifcfgCases,
  RELEASES,
  type Release,
  STALE_PSK,
} from '../../../test/support/ifcfg-capture.ts';
import { address } from '../../../test/support/packets.ts';
import { contentsLeft } from '../../ipsec/contents.ts';
import { samePolicy, sameSa } from '../../ipsec/sameness.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { readSetkey } from '../setkey/read.ts';
import { formatAdd, formatSpdadd } from '../setkey/statement-text.ts';
import { type CompiledInterface, compileIfcfg } from './compile.ts';
import type { RacoonPeer } from './interface.ts';
import { formatPeerFile, withInclude, withoutInclude, withSharedKey } from './racoon-files.ts';
import { readIfcfg } from './read.ts';

type Part = 'sas' | 'policies' | 'routes' | 'peer file' | 'psk.txt' | 'include after ifdown';

interface Difference {
  readonly cases: readonly string[];
  readonly releases: readonly Release[];
  readonly parts: readonly Part[];
  readonly reason: string;
}

const OLD: readonly Release[] = ['rhel4', 'rhel5'];
const AUTOMATIC = ['gssapi', 'psk-host', 'psk-net', 'src-in-dst', 'srcnet-only', 'x509-ca'];

/** Where ipseal does otherwise, and why. Whatever is not in it is the same. */
const DIFFERENCES: readonly Difference[] = [
  {
    cases: ['manual-net-inout-hex'],
    releases: ['rhel4'],
    parts: ['sas'],
    reason: 'RHEL 4 put every key in quotes: no key could be hexadecimal, and KEY_AESP was unknown',
  },
  {
    cases: ['src-in-dst'],
    releases: ['rhel4'],
    parts: ['policies'],
    reason: 'RHEL 4 cut the host off from its own network, which RHEL 5 exempted',
  },
  {
    cases: ['srcnet-only'],
    releases: RELEASES,
    parts: ['routes'],
    reason: 'a route to the peer itself by way of the host leads IKE and ESP astray, too',
  },
  {
    cases: AUTOMATIC,
    releases: ['rhel4'],
    parts: ['peer file'],
    reason: 'RHEL 4 proposed aggressive mode first, which gives the key away to who guesses',
  },
  {
    cases: ['x509-ca'],
    releases: OLD,
    parts: ['peer file'],
    reason: 'IKE_CA_CERTFILE came with RHEL 6',
  },
  {
    cases: ['psk-host', 'psk-net', 'src-in-dst', 'srcnet-only'],
    releases: OLD,
    parts: ['psk.txt'],
    reason: 'they removed the key of 192.0.2.20 when that of 192.0.2.2 was written',
  },
  {
    cases: ['gssapi'],
    releases: ['rhel4'],
    parts: ['include after ifdown'],
    reason: 'RHEL 4 forgot the include line of an interface that only IKE_METHOD makes automatic',
  },
];

function isDifferent(name: string, release: Release, part: Part): boolean {
  return DIFFERENCES.some(
    ({ cases, releases, parts }) =>
      cases.includes(name) && releases.includes(release) && parts.includes(part),
  );
}

const SOURCE = address('192.0.2.1');
const cases = ifcfgCases();

/** The key of that case is three times the same: single DES, which is refused. */
const SOUND_KEY = 'abcdefghijklmnopqrstuvwx';
const sound = (text: string) => text.replaceAll('b'.repeat(24), SOUND_KEY);

interface Made extends CompiledInterface {
  readonly peer: RacoonPeer | null;
}

function make(name: string): Made {
  const files = (cases.get(name) ?? []).map((file) => ({ ...file, text: sound(file.text) }));
  const { interface: wanted } = readIfcfg('ipsec0', files);
  if (wanted === null) throw new Error(`Cannot read ${name}`);
  const sourceGateway = wanted.networks?.sourceGateway ?? null;
  const compiled = compileIfcfg(wanted, { source: wanted.source ?? SOURCE, sourceGateway });
  return { ...compiled, peer: wanted.keying.kind === 'automatic' ? wanted.keying.peer : null };
}

/** What those statements leave behind that add something, and make sense. */
function tablesOf(statements: string) {
  const changes = sound(statements.replaceAll(/^#.*$/gm, ''))
    .split(';')
    .filter((statement) => /^\s*(add|spdadd)\s/.test(statement))
    .flatMap((text) => readSetkey({ name: 'captured', text: `${text};` }).steps)
    .flatMap((step) => (step.kind === 'change' ? step.changes : []));
  return contentsLeft(changes);
}

/** Texts in which only what matters differs. */
function squeezed(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(' ;', ';').trim();
}

const NOTHING = 'nothing';

describe.skipIf(cases.size === 0)('a captured case', () => {
  const known = [...cases.keys()].filter((name) => name !== NOTHING);
  const table = known.flatMap((name) => RELEASES.map((release) => ({ name, release })));

  test('is there for each kind of keying', () => {
    expect(known.length).toBeGreaterThanOrEqual(9);
  });

  test.each(table)('$name of $release has the same SAs', ({ name, release }) => {
    const { sas } = tablesOf(capturedIfcfg(release, name).statements);
    const made = make(name).contents.sas;
    const same =
      made.length === sas.length && made.every((sa) => sas.some((one) => sameSa(sa, one)));
    if (!isDifferent(name, release, 'sas')) {
      expect(made.map((sa) => formatAdd(sa, 'shown'))).toEqual(
        sas.map((sa) => formatAdd(sa, 'shown')),
      );
    }
    expect(same).toBe(!isDifferent(name, release, 'sas'));
  });

  test.each(table)('$name of $release has the same policies', ({ name, release }) => {
    const { policies } = tablesOf(capturedIfcfg(release, name).statements);
    const made = make(name).contents.policies;
    const same =
      made.length === policies.length &&
      made.every((policy, at) => samePolicy(policy, policies[at] ?? expect.unreachable()));
    if (!isDifferent(name, release, 'policies')) {
      expect(made.map((one) => formatSpdadd(one))).toEqual(
        policies.map((one) => formatSpdadd(one)),
      );
    }
    expect(same).toBe(!isDifferent(name, release, 'policies'));
  });

  test.each(table)('$name of $release has the same routes', ({ name, release }) => {
    const { routes, routesDown } = capturedIfcfg(release, name);
    const { route } = make(name);
    const text = (verb: string) => {
      if (route === null) return [];
      const source = formatIpAddress(route.source);
      const { address: network, length } = route.destination;
      const destination = `${formatIpAddress(network)}/${length}`;
      return [`ip route ${verb} to ${destination} via ${source} src ${source}`];
    };
    const [up, down] = isDifferent(name, release, 'routes') ? [[], []] : [routes, routesDown];
    expect(text('add')).toEqual(up);
    expect(text('del')).toEqual(down);
    if (isDifferent(name, release, 'routes')) expect(routes).toHaveLength(1);
  });

  test.each(table)('$name of $release has the same files', ({ name, release }) => {
    const captured = capturedIfcfg(release, name);
    const { peer } = make(name);
    const destination = address('192.0.2.2');
    expect(peer === null).toBe(captured.peerFile === null);
    if (peer === null) {
      expect(captured.psk).toBe(STALE_PSK);
      return;
    }
    const written = squeezed(formatPeerFile(destination, peer));
    if (isDifferent(name, release, 'peer file')) {
      expect(written).not.toBe(squeezed(captured.peerFile ?? ''));
    } else {
      expect(written).toBe(squeezed(captured.peerFile ?? ''));
    }
    const key = peer.authentication.method === 'PSK' ? peer.authentication.key : null;
    const psk = key === null ? STALE_PSK : withSharedKey(STALE_PSK, destination, key);
    if (isDifferent(name, release, 'psk.txt')) {
      expect(psk).toContain('192.0.2.20  oldsecret\n');
      expect(captured.psk).not.toContain('192.0.2.20');
      expect(psk.replace('192.0.2.20  oldsecret\n', '')).toBe(captured.psk);
    } else {
      expect(psk).toBe(captured.psk);
    }
    const path = '/etc/racoon/192.0.2.2.conf';
    const up = withInclude('sainfo anonymous\n{\n}\n', path);
    expect(up.endsWith(captured.racoonConf)).toBe(true);
    expect(withoutInclude(up, path).endsWith(captured.racoonConfDown)).toBe(
      !isDifferent(name, release, 'include after ifdown'),
    );
  });

  test('without keys and without IKE is refused: the scripts let everything pass in the clear', () => {
    const { interface: wanted, diagnostics } = readIfcfg('ipsec0', cases.get(NOTHING) ?? []);
    expect(wanted).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toEqual(['no-keying']);
    for (const release of RELEASES) {
      expect(squeezed(capturedIfcfg(release, NOTHING).statements)).toContain('-P out ipsec;');
    }
  });

  test('with a 3DES key that repeats itself is refused: it is single DES', () => {
    const { diagnostics } = readIfcfg('ipsec0', cases.get('manual-host-both') ?? []);
    expect(diagnostics.map(({ code }) => code)).toContain('weak-key');
  });
});
