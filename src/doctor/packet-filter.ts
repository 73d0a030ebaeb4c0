/**
 * Whether the packet filter lets through what carries protected packets, in both directions, and the
 * ICMP that tells path MTUs.
 *
 * @module
 */
import { type Chain, type Decision, decisionsOf, type Flow } from '../firewall/chain.ts';
import type { SaParameters } from '../ipsec/sa-parameters.ts';
import { formatIpAddress, type IpAddress } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { ANY_PORT, onePort } from '../net/port-range.ts';
import { hostPrefix } from '../net/prefix.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

/** The UDP ports of IKE. */
const IKE_PORTS: readonly number[] = [500, 4500];

export function examinePacketFilter(facts: Facts): Finding[] {
  const { filter, backend } = facts;
  if (filter.nftMissing !== null) {
    return [
      {
        check: 'packet-filter',
        status: backend === 'userspace' ? 'warning' : 'note',
        says: `The rules of the packet filter are not known: ${filter.nftMissing}.`,
        proof: 'nft list ruleset',
        fix: 'apt-get install nftables, and run ipseal doctor as root',
      },
    ];
  }
  const found = [
    ...filter.untold.map(untoldFinding),
    ...carriersOf(facts).flatMap((carrier) => findingsAbout(carrier, filter.chains)),
  ];
  if (found.length > 0) return found;
  const says = 'No rule of the packet filter drops AH, ESP or IKE of the SAs and policies.';
  const proof = 'nft list ruleset; iptables-save; ip6tables-save';
  return [{ check: 'packet-filter', status: 'ok', says, proof, fix: null }];
}

function untoldFinding(table: string): Finding {
  const says = `The table ${table} is not looked at: this nft cannot tell of it as JSON.`;
  const fix = 'a newer nftables; or read the table';
  const proof = `nft list table ${table}`;
  return { check: 'packet-filter', status: 'note', says, proof, fix };
}

/** Packets on the wire that must pass. */
interface Carrier {
  readonly flow: Flow;
  readonly hook: 'input' | 'output';
  /** `ESP from 10.9.0.2` */
  readonly name: string;
  readonly nft: string;
  readonly iptables: string;
}

function carriersOf({ sas, policies, udpPorts, paths }: Facts): Carrier[] {
  const carriers = new Map<string, Carrier>();
  const inbound = new Set(
    policies
      .filter(({ direction }) => direction !== 'outbound')
      .flatMap(({ action, selector }) =>
        action.kind !== 'protect'
          ? []
          : action.templates.map(({ endpoints }) =>
              formatIpAddress(endpoints?.local ?? selector.localAddress.address),
            ),
      ),
  );
  const add = (peer: IpAddress, carrier: Carrier) => {
    // A peer is heard by the device that leads to it.
    const device = paths.find(({ to }) => to === formatIpAddress(peer))?.device ?? null;
    const side = carrier.hook === 'input' ? { inDevice: device } : { outDevice: device };
    const flow = { ...carrier.flow, ...side };
    carriers.set(`${carrier.hook} ${carrier.name}`, { ...carrier, flow });
  };
  for (const { parameters } of sas) {
    const isInbound = inbound.has(formatIpAddress(parameters.destination));
    const { source, destination } = parameters;
    add(isInbound ? source : destination, carrierOf(parameters, isInbound ? 'input' : 'output'));
    const speaksIke = udpPorts.some(({ port }) => IKE_PORTS.includes(port));
    if (speaksIke && isInbound) add(source, ikeFrom(source, destination));
  }
  return [...carriers.values()];
}

function carrierOf(sa: SaParameters, hook: Carrier['hook']): Carrier {
  const { protocol, source, destination, encapsulation } = sa;
  const peer = hook === 'input' ? source : destination;
  const side = hook === 'input' ? 'saddr' : 'daddr';
  const ip = peer.version === 4 ? 'ip' : 'ip6';
  const option = hook === 'input' ? '-s' : '-d';
  const [address, way] = [formatIpAddress(peer), hook === 'input' ? 'from' : 'to'];
  const flow = flowBetween(source, destination);
  if (encapsulation === null) {
    return {
      flow: { ...flow, protocol: IP_PROTOCOL[protocol] },
      hook,
      name: `${protocol.toUpperCase()} ${way} ${address}`,
      nft: `${ip} ${side} ${address} meta l4proto ${protocol} accept`,
      iptables: `${option} ${address} -p ${protocol === 'ipcomp' ? 108 : protocol} -j ACCEPT`,
    };
  }
  const port = encapsulation.destinationPort;
  return {
    flow: {
      ...flow,
      protocol: IP_PROTOCOL.udp,
      sourcePort: onePort(encapsulation.sourcePort),
      destinationPort: onePort(port),
    },
    hook,
    name: `ESP in UDP ${way} ${address}`,
    nft: `${ip} ${side} ${address} udp dport ${port} accept`,
    iptables: `${option} ${address} -p udp --dport ${port} -j ACCEPT`,
  };
}

function ikeFrom(source: IpAddress, destination: IpAddress): Carrier {
  const address = formatIpAddress(source);
  const ip = source.version === 4 ? 'ip' : 'ip6';
  return {
    flow: {
      ...flowBetween(source, destination),
      protocol: IP_PROTOCOL.udp,
      destinationPort: onePort(500),
    },
    hook: 'input',
    name: `IKE from ${address}`,
    nft: `${ip} saddr ${address} udp dport { 500, 4500 } accept`,
    iptables: `-s ${address} -p udp -m multiport --dports 500,4500 -j ACCEPT`,
  };
}

function flowBetween(source: IpAddress, destination: IpAddress): Omit<Flow, 'protocol'> {
  return {
    source: hostPrefix(source),
    destination: hostPrefix(destination),
    sourcePort: ANY_PORT,
    destinationPort: ANY_PORT,
    inDevice: null,
    outDevice: null,
    isProtected: false,
  };
}

function findingsAbout(carrier: Carrier, chains: readonly Chain[]): Finding[] {
  const { flow, hook, name } = carrier;
  return chains.flatMap((chain) => {
    if (chain.hook?.name !== hook || chain.hook.type !== 'filter') return [];
    const decisions = decisionsOf(flow, chain, chains);
    const drop = decisions.find(({ end }) => end === 'drop');
    if (drop === undefined) return [];
    const certain = decisions.every(({ end }) => end === 'drop');
    return [
      {
        check: 'packet-filter',
        status: certain ? ('problem' as const) : ('warning' as const),
        says: `${name} ${certain ? 'is' : 'may be'} dropped by ${placeOf(chain)}, ${ruleOf(drop)}.`,
        proof: proofOf(chain),
        fix: fixOf(carrier, chain),
      },
    ];
  });
}

function fixOf({ nft, iptables }: Carrier, { tool, family, table, name }: Chain): string {
  if (tool === 'nft') return `nft insert rule ${family} ${table} ${name} ${nft}`;
  return `${tool} -t ${table} -I ${name} ${iptables}`;
}

/** A chain by name. */
export function placeOf({ tool, family, table, name }: Chain): string {
  return tool === 'nft'
    ? `chain ${name} of the nftables table ${family} ${table}`
    : `chain ${name} of the ${tool} table ${table}`;
}

/** The command that shows a chain. */
export function proofOf({ tool, family, table, name }: Chain): string {
  return tool === 'nft'
    ? `nft -a list chain ${family} ${table} ${name}`
    : `${tool} -t ${table} -S ${name}`;
}

function ruleOf({ rule }: Decision): string {
  return rule === null ? 'which drops what no rule decides on' : `by the rule "${rule.text}"`;
}
