/**
 * Policies that were asked about a packet and are about others: what of their selectors it is not.
 *
 * @module
 */
import { ANY_PORT } from '../../net/port-range.ts';
import { everywhere } from '../../net/prefix.ts';
import type { Policy } from '../policy.ts';
import {
  type Direction,
  NO_DETAIL,
  type Selector,
  selectorMatches,
  type Traffic,
} from '../selector.ts';
import type { Flow } from './flow.ts';

/** What a selector looks at, named as the packet has it. */
export type SelectorPart =
  | 'IP version'
  | 'source'
  | 'destination'
  | 'protocol'
  | 'source port'
  | 'destination port'
  | 'message'
  | 'GRE key'
  | 'security context';

/** A policy that was asked, and is not about the packet. */
export interface PassedOver {
  readonly policy: Policy;
  /** Wherein they differ. */
  readonly differs: readonly SelectorPart[];
  /** Whether nothing differs but what the question left open: some such packets it is about. */
  readonly open: boolean;
}

/** Policies that were asked in vain: the nearest of them, in the order of the SPD. */
export interface PassedOvers {
  readonly nearest: readonly PassedOver[];
  /** How many there are beside those. */
  readonly more: number;
}

/** How many are told. */
const MOST_NEAREST = 5;

/** Those of `policies`, in the order of the SPD, that `traffic`, which is of `flow`, does not match. */
export function passedOver(policies: readonly Policy[], traffic: Traffic, flow: Flow): PassedOvers {
  const all = policies.flatMap((policy) => {
    const differs = differingParts(policy, traffic);
    if (differs.length === 0) return [];
    return [{ policy, differs, open: differs.every((part) => isOpen(part, flow)) }];
  });
  const chosen = new Set(all.toSorted(nearestFirst).slice(0, MOST_NEAREST));
  return { nearest: all.filter((one) => chosen.has(one)), more: all.length - chosen.size };
}

function nearestFirst(a: PassedOver, b: PassedOver): number {
  return Number(b.open) - Number(a.open) || a.differs.length - b.differs.length;
}

/** Each part of the selector is asked by itself, with the others as wide as can be. */
function differingParts({ selector, direction }: Policy, traffic: Traffic): SelectorPart[] {
  const { version } = traffic;
  if (selector.localAddress.address.version !== version) return ['IP version'];
  const all = everywhere(version);
  const wide: Selector = {
    localAddress: all,
    remoteAddress: all,
    nextLayerProtocol: 'any',
    localPort: ANY_PORT,
    remotePort: ANY_PORT,
    ...NO_DETAIL,
  };
  const { localAddress, remoteAddress, localPort, remotePort, nextLayerProtocol } = selector;
  const { local, remote, localPortName, remotePortName } = NAMES[direction];
  const parts: readonly (readonly [SelectorPart, Partial<Selector>])[] = [
    [local, { localAddress }],
    [remote, { remoteAddress }],
    ['protocol', { nextLayerProtocol }],
    [localPortName, { localPort }],
    [remotePortName, { remotePort }],
    ['message', { message: selector.message }],
    ['GRE key', { greKey: selector.greKey }],
  ];
  const differing = parts
    .filter(([, part]) => !selectorMatches({ ...wide, ...part }, traffic))
    .map(([name]) => name);
  // Ports are of the protocol: where that is another, they say nothing more.
  const told = differing.includes('protocol')
    ? differing.filter((name) => !DETAILS.has(name))
    : differing;
  return selector.securityContext === null ? told : [...told, 'security context'];
}

const DETAILS: ReadonlySet<SelectorPart> = new Set([
  'source port',
  'destination port',
  'message',
  'GRE key',
]);

const SENT = {
  local: 'source',
  remote: 'destination',
  localPortName: 'source port',
  remotePortName: 'destination port',
} as const;
const RECEIVED = {
  local: 'destination',
  remote: 'source',
  localPortName: 'destination port',
  remotePortName: 'source port',
} as const;
const NAMES: Readonly<Record<Direction, typeof SENT | typeof RECEIVED>> = {
  outbound: SENT,
  inbound: RECEIVED,
  forward: RECEIVED,
};

function isOpen(part: SelectorPart, flow: Flow): boolean {
  switch (part) {
    case 'protocol':
      return flow.protocol === null;
    case 'source port':
      return flow.sourcePort === null;
    case 'destination port':
      return flow.destinationPort === null;
    case 'message':
      return flow.messageType === null || flow.messageCode === null;
    case 'GRE key':
      return true;
    case 'IP version':
    case 'source':
    case 'destination':
    case 'security context':
      return false;
  }
}
