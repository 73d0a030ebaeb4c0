/**
 * The setkey file of one host of a pair, with comments that tell what each line does.
 *
 * @module
 */
import type { Policy } from '../../ipsec/policy.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { formatPrefix, isHostPrefix } from '../../net/prefix.ts';
import type { HostFile, PairHost } from './host-pair.ts';
import { formatAdd, formatSpdadd } from './statement-text.ts';
import { describeLayer } from './suite.ts';

/** The text of the file, keys and all. */
export function hostFileText(file: HostFile): string {
  const { host, peer, policies, outbound, inbound } = file;
  const { name } = peer;
  const parts = [
    headOf(file),
    [
      '# Begin with nothing: all SAs and policies that this host has now go.',
      'flush;',
      'spdflush;',
    ],
    policies.discovery.length === 0
      ? []
      : [
          `# Let neighbour discovery pass: ${host.name} has to find ${name} on the wire first.`,
          ...policies.discovery.map((policy) => formatSpdadd(policy)),
        ],
    [
      `# What leaves for ${sideOf(peer, name)} must be protected, or it does not leave.`,
      layOut(formatSpdadd(policies.outbound)),
    ],
    [
      `# What comes from ${sideOf(peer, name)} must have been protected, or it is discarded.`,
      ...(isTunnel(policies.inbound) ? FORWARD : []),
      layOut(formatSpdadd(policies.inbound)),
    ],
    [
      `# The SAs of packets to ${name}, and their keys. Both hosts have the same SAs.`,
      '# No -r: after one of them has begun anew, a replay window would turn its packets away.',
      ...outbound.map(addition),
    ],
    [`# The SAs of packets from ${name}.`, ...inbound.map(addition)],
  ];
  const blocks = parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${blocks.join('\n\n')}\n`;
}

const FORWARD = ['# Of this, setkey also makes the policy (fwd) for packets that are passed on.'];

function headOf({ host, peer, outbound }: HostFile): readonly string[] {
  const layers = outbound.map(({ encryption, integrity }) =>
    describeLayer({
      encryption: encryption?.algorithm ?? null,
      integrity: integrity?.algorithm ?? null,
    }),
  );
  return [
    `# setkey file of ${tell(host)}. All that goes between`,
    `# ${isHostPrefix(host.side) ? 'it' : `${formatPrefix(host.side)} behind it`} and ${sideOf(peer, tell(peer))} is protected,`,
    `# by ${layers.join(', and around it ')}.`,
    '# Whoever reads this file can read and forge the packets: mode 0600, on these two hosts alone.',
  ];
}

/** `alice (10.9.0.1)`, or the address alone where that is all the name there is. */
function tell({ name, address }: PairHost): string {
  const text = formatIpAddress(address);
  return name === text ? text : `${name} (${text})`;
}

/** What of a host's side is protected, the host itself being called `name`. */
function sideOf({ side }: PairHost, name: string): string {
  return isHostPrefix(side) ? name : `${formatPrefix(side)} behind ${name}`;
}

function isTunnel({ action }: Policy): boolean {
  return action.kind === 'protect' && action.templates.some(({ mode }) => mode === 'tunnel');
}

function addition(sa: SaParameters): string {
  return layOut(formatAdd(sa, 'shown'));
}

/** Each key and each rule on a line of its own. */
function layOut(statement: string): string {
  return statement.replaceAll(/ (?=-[AE] |(?:esp|ah)\/)/g, '\n\t');
}
