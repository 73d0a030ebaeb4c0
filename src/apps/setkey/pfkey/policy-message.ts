/**
 * What Linux's PF_KEY tells of a policy, when one is added, changed, deleted or asked for.
 *
 * @module
 */
import type { PolicyRecord } from '../../../ipsec/backend.ts';
import type { Action, Policy, Template } from '../../../ipsec/policy.ts';
import type { Direction, Selector } from '../../../ipsec/selector.ts';
import { IP_PROTOCOL } from '../../../net/ip-protocol.ts';
import { isAnyPort, type PortRange } from '../../../net/port-range.ts';
import type { Prefix } from '../../../net/prefix.ts';
import type { SadbAddress } from '../../../pfkey/address.ts';
import {
  IPSEC_DIR,
  IPSEC_LEVEL,
  IPSEC_POLICY,
  IPSEC_PROTO_ANY,
  SADB,
  SADB_SATYPE,
} from '../../../pfkey/constants.ts';
import type { SadbLifetime } from '../../../pfkey/lifetime.ts';
import type { SadbMessage } from '../../../pfkey/message.ts';
import type { SadbPolicy, SadbRequest } from '../../../pfkey/policy.ts';
import type { SocketAddress } from '../../../pfkey/socket-address.ts';
import type { Origin } from './origin.ts';
import { MODES } from './sa-message.ts';

/** The message of each event, and how many in the kernel hold on to the policy by then. */
const EVENTS = {
  spdadd: { type: SADB.X_SPDADD, holders: 3 },
  spdupdate: { type: SADB.X_SPDUPDATE, holders: 3 },
  spddelete: { type: SADB.X_SPDDELETE, holders: 1 },
  /** Deleted by its index. */
  spddelete2: { type: SADB.X_SPDDELETE2, holders: 1 },
  spdget: { type: SADB.X_SPDGET, holders: 2 },
  spddump: { type: SADB.X_SPDDUMP, holders: 2 },
} as const;

const DIRECTIONS: Readonly<Record<Direction, number>> = {
  inbound: IPSEC_DIR.INBOUND,
  outbound: IPSEC_DIR.OUTBOUND,
  forward: IPSEC_DIR.FWD,
};

/** What happened to a policy, or what a question for it was. */
export type PolicyEvent = keyof typeof EVENTS;

/** What is told of the policy of `record` after `event`. */
export function policyMessage(
  event: PolicyEvent,
  record: PolicyRecord,
  origin: Origin,
): SadbMessage {
  const { type, holders } = EVENTS[event];
  return {
    type,
    errno: 0,
    saType: SADB_SATYPE.UNSPEC,
    reserved: holders,
    ...origin,
    extensions: [
      ...selectorAddresses(record.policy),
      lifetime('LIFETIME_HARD', 0, 0),
      lifetime('LIFETIME_SOFT', 0, 0),
      lifetime('LIFETIME_CURRENT', record.addedAt / 1000, (record.usedAt ?? 0) / 1000),
      policyOf(record),
    ],
  };
}

/** Source first, as the packet has them. */
function selectorAddresses({ direction, selector }: Policy): SadbAddress[] {
  const { localAddress, remoteAddress, nextLayerProtocol } = selector;
  const protocol = nextLayerProtocol === 'any' ? IPSEC_PROTO_ANY : nextLayerProtocol;
  const [source, destination] =
    direction === 'outbound' ? [localAddress, remoteAddress] : [remoteAddress, localAddress];
  const [sourcePort, destinationPort] = portsOf(selector, direction);
  const end = (kind: SadbAddress['kind'], prefix: Prefix, port: number): SadbAddress => ({
    kind,
    protocol,
    prefixLength: prefix.length,
    address: prefix.address,
    port,
  });
  return [end('ADDRESS_SRC', source, sourcePort), end('ADDRESS_DST', destination, destinationPort)];
}

/** Type and code of a message, or the halves of a GRE key, take the place of ports. */
function portsOf(
  { localPort, remotePort, message, greKey }: Selector,
  direction: Direction,
): [number, number] {
  if (message !== null) return [message.type ?? 0, message.code ?? 0];
  if (greKey !== null) return [greKey >>> 16, greKey & 0xffff];
  const local = portOf(localPort);
  const remote = portOf(remotePort);
  return direction === 'outbound' ? [local, remote] : [remote, local];
}

/** PF_KEY has no ranges: of one it shows the first port, as Linux does. */
function portOf(ports: PortRange): number {
  return isAnyPort(ports) ? 0 : ports.first;
}

function lifetime(kind: SadbLifetime['kind'], added: number, used: number): SadbLifetime {
  return {
    kind,
    allocations: 0,
    octets: 0,
    addTime: Math.floor(added),
    useTime: Math.floor(used),
  };
}

function policyOf({ policy, index }: PolicyRecord): SadbPolicy {
  const { action, direction, priority } = policy;
  const templates = action.kind === 'protect' ? action.templates : [];
  return {
    kind: 'X_POLICY',
    type: typeOf(action),
    direction: DIRECTIONS[direction],
    index,
    priority,
    requests: templates.map((template) => requestOf(template, direction)),
  };
}

function typeOf(action: Action): number {
  switch (action.kind) {
    case 'discard':
      return IPSEC_POLICY.DISCARD;
    case 'bypass':
      return IPSEC_POLICY.NONE;
    case 'protect':
      return IPSEC_POLICY.IPSEC;
  }
}

function requestOf(template: Template, direction: Direction): SadbRequest {
  const { protocol, mode, reqid } = template;
  return {
    protocol: IP_PROTOCOL[protocol],
    mode: MODES[mode],
    level: levelOf(template),
    reqid,
    endpoints: endpointsOf(template, direction),
  };
}

function levelOf({ level, reqid }: Template): number {
  if (level === 'use') return IPSEC_LEVEL.USE;
  return reqid === 0 ? IPSEC_LEVEL.REQUIRE : IPSEC_LEVEL.UNIQUE;
}

function endpointsOf({ endpoints }: Template, direction: Direction): SadbRequest['endpoints'] {
  if (endpoints === null) return null;
  const local: SocketAddress = { address: endpoints.local, port: 0 };
  const remote: SocketAddress = { address: endpoints.remote, port: 0 };
  return direction === 'outbound' ? [local, remote] : [remote, local];
}
