/**
 * Files that people wrote, beside what the setkey of ipsec-tools 0.9 sent to the kernel for them, in
 * PF_KEY messages. They lie beside the checkout, in `../shared`, where there is one.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sharedPath } from '../../../test/support/examples.ts';
import type { Change } from '../../ipsec/change.ts';
import type { Policy, Template } from '../../ipsec/policy.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import { formatIpAddress, type IpAddress, parseIpAddress } from '../../net/ip-address.ts';
import { isAnyPort, type PortRange } from '../../net/port-range.ts';
import { toHex } from '../../octets/hex.ts';
import { readSetkey, type Step } from './read.ts';

/** Files that setkey sent on to the kernel, and we refuse. */
const REFUSED_HERE: Readonly<Record<string, string>> = {
  '002-racoon-ipsec-tools-sample-policy02.cf': 'out-of-range', // unique:28000
  '027-docs_search_excerpt_repository_not_named_by_the_index_-ah-tunnel-aes-x': 'spi-reserved',
};

/** Files that setkey stopped in at `aes-gcm-16`, which it has for other kernels alone. */
const READ_HERE = /^0(?:55|57|58|59|60|61)-FreeBSDDevPF-utils\.subr_aes_gcm_/;

/** A message as the corpus has it: what is compared of it. */
interface Message {
  readonly type: string;
  readonly satype: number;
  readonly ext: readonly Record<string, unknown>[];
}

interface Case {
  readonly name: string;
  readonly file: string;
  readonly loads: boolean;
  readonly messages: readonly Message[];
}

function casesIn(root: string): Case[] {
  const directories = readdirSync(root).flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name)),
  );
  return directories
    .filter((directory) => existsSync(join(directory, 'expected.setkey.json')))
    .map((directory) => {
      const oracle = JSON.parse(readFileSync(join(directory, 'expected.setkey.json'), 'utf8'));
      const input = readdirSync(directory).find((file) => !/^(?:meta|expected)\./.test(file));
      return {
        name: directory.slice(directory.lastIndexOf('/') + 1),
        file: join(directory, input ?? ''),
        loads: oracle.exit_code === 0,
        messages: oracle.messages.map(({ decoded }: { decoded: Message }) => decoded),
      };
    });
}

const root = sharedPath('vectors', 'G_configs', 'setkey');
const cases = root === null ? [] : casesIn(root);

test.skipIf(root === null)('there are files of both kinds', () => {
  expect(cases.filter(({ loads }) => loads).length).toBeGreaterThan(40);
  expect(cases.filter(({ loads }) => !loads).length).toBeGreaterThan(30);
});

test.each(cases)('$name', ({ name, file, loads, messages }) => {
  const { steps, diagnostics } = readSetkey({ name, text: readFileSync(file, 'utf8') });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (READ_HERE.test(name)) return expect(errors).toEqual([]);
  if (!loads) return expect(errors).not.toEqual([]);
  const expected = REFUSED_HERE[name];
  expect([...new Set(errors.map(({ code }) => code))]).toEqual(
    expected === undefined ? [] : [expected],
  );
  if (expected !== undefined) return;
  expect(steps.flatMap(ofStep)).toEqual(messages.map(ofMessage));
});

// One line for each thing asked for, from their messages and from our changes.

function ofMessage({ type, satype, ext }: Message): string {
  const found = (t: string) => ext.find((each) => each['t'] === t) as Record<string, never>;
  const [source, destination] = [found('ADDRESS_SRC'), found('ADDRESS_DST')];
  switch (type) {
    case 'ADD': {
      const [sa, sa2] = [found('SA'), found('X_SA2')];
      const keys = [found('KEY_ENCRYPT'), found('KEY_AUTH')].map((key) => key?.['key'] ?? '-');
      const ends = `${canonical(source?.['addr'])} ${canonical(destination?.['addr'])}`;
      const mode = sa2?.['mode'] === TUNNEL ? 'tunnel' : 'transport';
      return `add ${ends} ${SATYPES[satype]} ${sa?.['spi']} ${mode} ${sa2?.['reqid']} ${sa?.['replay']} ${keys.join(' ')}`;
    }
    case 'X_SPDADD': {
      const policy = found('X_POLICY') as unknown as PolicyMessage;
      const ends = [source, destination].map(
        (end) => `${canonical(end?.['addr'])}/${end?.['prefixlen']}[${end?.['port']}]`,
      );
      const rules = (policy.requests ?? []).map(ofRequest);
      return `spdadd ${ends.join(' ')} ${source?.['proto']} ${policy.dir} ${policy.priority} ${policy.policy_type} ${rules.join(' ')}`;
    }
    default:
      return `${type.replace(/^X_/, '').toLowerCase()} ${SATYPES[satype] ?? ''}`;
  }
}

interface PolicyMessage {
  readonly dir: string;
  readonly priority: number;
  readonly policy_type: string;
  readonly requests?: readonly Request[];
}

interface Request {
  readonly proto: number;
  readonly mode: number;
  readonly level: number;
  readonly reqid: number;
  readonly src?: { readonly addr: string };
  readonly dst?: { readonly addr: string };
}

function ofRequest({ proto, mode, level, reqid, src, dst }: Request): string {
  const isTunnel = mode === TUNNEL;
  const ends = isTunnel ? `${canonical(src?.addr)}-${canonical(dst?.addr)}` : '';
  const protocol = Object.entries(PROTOCOLS).find(([, number]) => number === proto)?.[0];
  return `${protocol}/${isTunnel ? 'tunnel' : 'transport'}/${ends}/${level === USE ? 'use' : 'require'}/${reqid}`;
}

function ofStep(step: Step): string[] {
  return step.kind === 'change' ? step.changes.map(ofChange) : [step.kind];
}

function ofChange(change: Change): string {
  switch (change.kind) {
    case 'add-sa':
      return ofSa(change.sa);
    case 'add-policy':
      return ofPolicy(change.policy);
    case 'flush-sas':
      return `flush ${change.protocol ?? ''}`;
    case 'flush-policies':
      return 'spdflush ';
    default:
      return change.kind;
  }
}

function ofSa(sa: SaParameters): string {
  const keys = [sa.encryption, sa.integrity].map((each) =>
    each === null || each.key.length === 0 ? '-' : toHex(each.key.expose()),
  );
  const ends = `${formatIpAddress(sa.source)} ${formatIpAddress(sa.destination)}`;
  return `add ${ends} ${sa.protocol} ${sa.spi} ${sa.mode} ${sa.reqid} ${sa.replayWindow} ${keys.join(' ')}`;
}

function ofPolicy({ selector, direction, action, priority }: Policy): string {
  const local = `${ofPrefix(selector.localAddress)}[${ofPort(selector.localPort)}]`;
  const remote = `${ofPrefix(selector.remoteAddress)}[${ofPort(selector.remotePort)}]`;
  const ends = direction === 'outbound' ? `${local} ${remote}` : `${remote} ${local}`;
  const upper = selector.nextLayerProtocol === 'any' ? 255 : selector.nextLayerProtocol;
  const word = { outbound: 'out', inbound: 'in', forward: 'fwd' }[direction];
  const name = { discard: 'discard', bypass: 'none', protect: 'ipsec' }[action.kind];
  const rules = action.kind === 'protect' ? action.templates : [];
  const texts = rules.map((rule) => ofTemplate(rule, direction === 'outbound'));
  return `spdadd ${ends} ${upper} ${word} ${priority} ${name} ${texts.join(' ')}`;
}

function ofTemplate({ protocol, mode, endpoints, level, reqid }: Template, out: boolean): string {
  const [first, second] = out
    ? [endpoints?.local, endpoints?.remote]
    : [endpoints?.remote, endpoints?.local];
  const ends = first && second ? `${formatIpAddress(first)}-${formatIpAddress(second)}` : '';
  return `${protocol}/${mode}/${ends}/${level}/${reqid}`;
}

function ofPrefix({ address, length }: { address: IpAddress; length: number }): string {
  return `${formatIpAddress(address)}/${length}`;
}

function ofPort(range: PortRange): number {
  return isAnyPort(range) ? 0 : range.first;
}

function canonical(text: string | undefined): string {
  return formatIpAddress(parseIpAddress(text ?? '') ?? expect.unreachable());
}

/** RFC 2367 §3.5 */
const SATYPES: Readonly<Record<number, string>> = { 2: 'ah', 3: 'esp', 9: 'ipcomp' };
const PROTOCOLS = { esp: 50, ah: 51, ipcomp: 108 };
const TUNNEL = 2;
const USE = 1;
