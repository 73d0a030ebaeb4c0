/**
 * What to do with the files of `ipseal keygen pair`, so that nobody locks themselves out on the way.
 *
 * @module
 */
import type { PairHost, PairPlan } from '../../../config/setkey/host-pair.ts';
import { formatIpAddress } from '../../../net/ip-address.ts';
import { formatPrefix, isHostPrefix } from '../../../net/prefix.ts';

/** The text, for the hosts of `plan`, whose files are at `paths`. */
export function nextSteps(plan: PairPlan, paths: readonly string[]): string {
  const [a, b] = plan.hosts;
  const [fileA = '', fileB = ''] = paths;
  const atB = fileB.slice(fileB.lastIndexOf('/') + 1);
  const lines = [
    `wrote ${fileA} and ${fileB}: whoever reads them can read and forge the packets`,
    '',
    `next, as root, with ${fileA} on ${a.name}:`,
    `  1. give ${b.name} its file`,
    `       scp -p ${fileB} root@${scpHost(b)}:${atB}`,
    `  2. put it in force on ${b.name}, for five minutes`,
    `       ipseal apply --confirm 5m ${atB}`,
    `  3. and the other on ${a.name}`,
    `       ipseal apply --confirm 5m ${fileA}`,
    '  4. see packets counted',
    `       ${pingOf(plan)}; ipseal status`,
    '  5. keep it, on both',
    '       ipseal confirm',
    '',
    `From step 2 to step 3 nothing passes between ${sideOf(a)} and ${sideOf(b)}, ssh included:`,
    'sessions wait, and then go on. Without step 5 both hosts come back by themselves.',
    `Where setkey is all that ${b.name} has: setkey -f ${atB}`,
    ...notes(plan),
  ];
  return `${lines.join('\n')}\n`;
}

/** What the policies are about: a gateway's own address is not in the network behind it. */
function pingOf({ hosts: [a, b] }: PairPlan): string {
  const from = isHostPrefix(a.side) ? '' : ` -I AN-ADDRESS-IN-${formatPrefix(a.side)}`;
  const to = isHostPrefix(b.side)
    ? formatIpAddress(b.address)
    : `A-HOST-IN-${formatPrefix(b.side)}`;
  return `ping${from} ${to}`;
}

function scpHost({ address }: PairHost): string {
  const text = formatIpAddress(address);
  return address.version === 6 ? `[${text}]` : text;
}

function notes({ hosts, udp }: PairPlan): readonly string[] {
  const hasNetworks = hosts.some(({ side }) => !isHostPrefix(side));
  return [
    ...(hasNetworks
      ? ['Each host must forward packets, and have a route to the network of the other.']
      : []),
    ...(udp
      ? [
          'ESP in UDP is for ipseald; a kernel takes it only while some daemon holds port 4500 open.',
        ]
      : []),
  ];
}

function sideOf({ name, side }: PairHost): string {
  return isHostPrefix(side) ? name : formatPrefix(side);
}
