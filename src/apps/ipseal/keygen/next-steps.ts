/**
 * What to do with the files of `ipseal keygen pair`, so that nobody locks themselves out on the way.
 *
 * @module
 */
import type { PairHost, PairPlan } from '../../../config/setkey/host-pair.ts';
import { formatIpAddress } from '../../../net/ip-address.ts';
import { formatPrefix, isHostPrefix } from '../../../net/prefix.ts';
import type { PairReport } from './pair.ts';

/** The text, for the hosts and files of `report` in the order of `plan`. */
export function nextSteps(report: PairReport, plan: PairPlan): string {
  const [a, b] = plan.hosts;
  const [fileA = '', fileB = ''] = report.files.map(({ path }) => path);
  const atB = fileB.slice(fileB.lastIndexOf('/') + 1);
  const lines = [
    `wrote ${fileA} and ${fileB}: whoever reads them can read and forge the packets`,
    '',
    `next, as root, with ${fileA} on ${a.name}:`,
    `  1. give ${b.name} its file       scp -p ${fileB} root@${scpHost(b)}:${atB}`,
    `  2. load it on ${b.name}          setkey -f ${atB}`,
    `  3. load the other on ${a.name}   setkey -f ${fileA}`,
    `  4. see that it works       ping ${formatIpAddress(b.address)}; ipseal status`,
    '',
    ...swallowed(plan),
    'To be safe, have the host of step 2 undo it by itself after two minutes, from before that step on:',
    '  (sleep 120; setkey -F; setkey -FP) &     and when all is well: kill $!',
    ...notes(plan),
  ];
  return `${lines.join('\n')}\n`;
}

function scpHost({ address }: PairHost): string {
  const text = formatIpAddress(address);
  return address.version === 6 ? `[${text}]` : text;
}

/** What stands still while one host has its policies and the other not. */
function swallowed({ hosts: [a, b] }: PairPlan): readonly string[] {
  const between = `${sideOf(a)} and ${sideOf(b)}`;
  return [
    `After step 2 nothing passes between ${between} until step 3 is done, ssh`,
    'sessions between them included: they wait, and then go on.',
  ];
}

function notes({ hosts, mode, udp }: PairPlan): readonly string[] {
  const networks = hosts.filter(({ side }) => !isHostPrefix(side));
  const routes =
    mode === 'tunnel' && networks.length > 0
      ? [
          `Each host needs a route to the network behind the other (${networks
            .map(({ side }) => formatPrefix(side))
            .join(', ')}), and net.ipv4.ip_forward or its like.`,
        ]
      : [];
  const encapsulation = udp
    ? [
        'ESP in UDP is taken by ipseald; a kernel takes it while some daemon has port 4500 open for it.',
      ]
    : [];
  return [...routes, ...encapsulation];
}

function sideOf({ name, side }: PairHost): string {
  return isHostPrefix(side) ? name : formatPrefix(side);
}
