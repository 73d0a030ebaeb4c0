/**
 * What the SAD and the SPD of a host do with packets of a flow, and with the replies: the answers of
 * the data path itself, with the reasons for them.
 *
 *   role       there                       back
 *   outbound   it leaves                   the reply arrives
 *   inbound    it arrives                  the reply leaves
 *   forward    it arrives, then it leaves  so does the reply
 *
 * @module
 */
import type { IpAddress } from '../../net/ip-address.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { type Prefix, prefixCovers } from '../../net/prefix.ts';
import { newIpHeader, readIp } from '../../wire/ip.ts';
import type { Databases } from '../databases.ts';
import { IKE_PORT, isLoopback, isNeighbourDiscovery, NAT_TRAVERSAL_PORT } from '../exemption.ts';
import type { Instant } from '../record.ts';
import type { Direction } from '../selector.ts';
import { type Arrival, arrivalOf } from './arrival.ts';
import { type Departure, departureOf, type WireQuestion } from './departure.ts';
import { type Flow, packetOf, replyTo } from './flow.ts';
import { databasesOf, type Records } from './tables.ts';

/** What this host is to packets of a flow. `local`: they do not leave it. */
export type Role = 'outbound' | 'inbound' | 'forward' | 'local';

/** Whose rules there are: Linux's IPsec and ours differ in what they ask of whom. */
export type Rules = 'kernel' | 'userspace';

export interface Question extends WireQuestion {
  readonly flow: Flow;
  readonly role: Role;
  readonly rules: Rules;
  readonly records: Records;
  readonly now: Instant;
}

/** Why no policy is asked. */
export type Exemption =
  /** The packet stays on its host. */
  | 'loopback'
  /** RFC 4861: ours alone leaves it out. */
  | 'neighbour-discovery';

/** Packets of a flow, one way. */
export interface Passage {
  readonly flow: Flow;
  /** `null` where the packet begins here, and where no policy is asked. */
  readonly arrival: Arrival | null;
  /** `null` where the packet ends here, and where no policy is asked. */
  readonly departure: Departure | null;
  readonly outcome: 'protected' | 'clear' | 'discarded';
  readonly exemption: Exemption | null;
  /** Whether it may be IKE, whose daemon asks Linux to leave its own packets alone. */
  readonly mayBeIke: boolean;
}

export interface Explanation {
  readonly role: Role;
  readonly rules: Rules;
  readonly there: Passage;
  readonly back: Passage;
  /**
   * Whether the packet passes in the clear although a policy would rather have it protected, or has the
   * replies protected.
   */
  readonly exposed: boolean;
}

/** Answers `question`. */
export function explain(question: Question): Explanation {
  const { flow, role, rules } = question;
  const host = hostOf(question);
  const there = passage(question, host, flow, role);
  const back = passage(question, host, replyTo(flow), OPPOSITE[role]);
  const asked = asksForProtection(there) || asksForProtection(back);
  const exposed = there.outcome === 'clear' && there.exemption === null && asked;
  return { role, rules, there, back, exposed };
}

/** The databases that packets meet: those that leave, and those that arrive. */
interface Host {
  readonly departing: Databases;
  readonly arriving: Databases;
}

/**
 * Linux asks the inbound policies about packets for the host itself and the forward policies about
 * others; ours asks the latter where none of the former speaks.
 */
function hostOf({ records, rules, role }: Question): Host {
  const received: Direction = role === 'forward' ? 'forward' : 'inbound';
  return {
    departing: databasesOf(records, ['outbound']),
    arriving: databasesOf(records, rules === 'kernel' ? [received] : ['inbound', 'forward']),
  };
}

const OPPOSITE: Readonly<Record<Role, Role>> = {
  outbound: 'inbound',
  inbound: 'outbound',
  forward: 'forward',
  local: 'local',
};

/**
 * What this host is to `flow`, going by its policies alone: the end that some policy has as local and
 * the other as remote, whatever protocol and ports it is about.
 */
export function likelyRole({ source, destination }: Flow, { policies }: Records): Role {
  const speaks = (direction: Direction, local: IpAddress, remote: IpAddress) =>
    policies.some(({ policy: { direction: own, selector } }) => {
      const { localAddress, remoteAddress } = selector;
      return own === direction && covers(localAddress, local) && covers(remoteAddress, remote);
    });
  if (speaks('outbound', source, destination)) return 'outbound';
  if (speaks('inbound', destination, source)) return 'inbound';
  return speaks('forward', destination, source) ? 'forward' : 'outbound';
}

function covers(prefix: Prefix, { version, octets }: IpAddress): boolean {
  return prefix.address.version === version && prefixCovers(prefix, octets, 0);
}

function passage(question: Question, host: Host, flow: Flow, role: Role): Passage {
  const { now, rules } = question;
  const { arriving, departing } = host;
  const exemption = exemptionOf(flow, role, rules);
  const asks = exemption === null;
  const arrival = asks && role !== 'outbound' ? arrivalOf(arriving, flow, now) : null;
  const departure = asks && role !== 'inbound' ? departureOf(departing, flow, question, now) : null;
  const outcomes = [arrival?.outcome, departure?.outcome];
  const outcome = (['discarded', 'protected'] as const).find((one) => outcomes.includes(one));
  return {
    ...{ flow, arrival, departure, exemption },
    outcome: outcome ?? 'clear',
    mayBeIke: mayBeIke(flow),
  };
}

function exemptionOf(flow: Flow, role: Role, rules: Rules): Exemption | null {
  const octets = packetOf(flow);
  const header = newIpHeader();
  if (!readIp(header, octets, 0, octets.length)) throw new Error('Bug: the packet is malformed');
  if (role === 'local' || isLoopback(octets, header)) return 'loopback';
  const isDiscovery =
    flow.protocol === IP_PROTOCOL['ipv6-icmp'] && isNeighbourDiscovery(octets, header);
  return isDiscovery && rules === 'userspace' ? 'neighbour-discovery' : null;
}

function mayBeIke({ protocol, sourcePort, destinationPort }: Flow): boolean {
  const ports = [sourcePort, destinationPort];
  return (
    protocol === IP_PROTOCOL.udp && (ports.includes(IKE_PORT) || ports.includes(NAT_TRAVERSAL_PORT))
  );
}

function asksForProtection({ arrival, departure }: Passage): boolean {
  return [arrival, departure].some((stage) => stage !== null && stage.layers.length > 0);
}
