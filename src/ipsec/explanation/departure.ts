/**
 * What becomes of a packet that leaves the host (RFC 4301 §5.1), and how it looks on the wire.
 *
 * @module
 */
import type { IpAddress } from '../../net/ip-address.ts';
import { newIpHeader, readIp } from '../../wire/ip.ts';
import type { Databases } from '../databases.ts';
import type { DiscardReason } from '../discard-reason.ts';
import { Outbound } from '../outbound.ts';
import type { Policy } from '../policy.ts';
import type { Instant } from '../record.ts';
import type { SaParameters } from '../sa-parameters.ts';
import { SpdEntry } from '../spd-entry.ts';
import { newTraffic, readTraffic } from '../traffic.ts';
import { type Flow, packetOf } from './flow.ts';
import { type Layer, layersFor } from './layers.ts';
import { type PassedOvers, passedOver } from './passed-over.ts';
import { type Room, roomUnder, type WireForm, wireForm } from './wire-form.ts';

/** A packet that leaves. */
export interface Departure {
  /** The policy that is about it; `null` where none is. */
  readonly policy: Policy | null;
  /** Policies that were asked before that one. */
  readonly passedOver: PassedOvers;
  /** What the policy asks for, innermost first. */
  readonly layers: readonly Layer[];
  readonly outcome: 'protected' | 'clear' | 'discarded';
  /** Why it is discarded; `null` where it is not. */
  readonly reason: DiscardReason | null;
  /** `null` for a packet that is discarded. */
  readonly wire: Wire | null;
}

/** How a packet looks on the wire. */
export interface Wire {
  readonly room: Room;
  /** A packet for each length that was asked about. */
  readonly forms: readonly WireForm[];
}

/** What the world is to be asked about the wire. */
export interface WireQuestion {
  /** Octets of the largest IP packet that the link to `destination` carries. */
  readonly linkMtu: (destination: IpAddress) => number;
  /** Octets of the packets to be shown, before they are protected, where `mtu` octets fit. */
  readonly lengths: (flow: Flow, mtu: number) => readonly number[];
}

/** Asks `databases`, which have outbound policies alone, about `flow`. */
export function departureOf(
  databases: Databases,
  flow: Flow,
  wire: WireQuestion,
  now: Instant,
): Departure {
  const octets = packetOf(flow);
  const [header, traffic] = [newIpHeader(), newTraffic()];
  if (!readIp(header, octets, 0, octets.length)) throw new Error('Bug: the packet is malformed');
  readTraffic(traffic, octets, header, true);
  const answer = databases.spd.lookup('outbound', traffic);
  const entry = answer instanceof SpdEntry ? answer : null;
  const asked = askedBefore(databases.spd.policies, entry?.policy ?? null);
  const action = entry?.policy.action;
  const templates = action?.kind === 'protect' ? action.templates : [];
  const found = layersFor(databases.sad, templates, traffic, true, now);
  const packet = { memory: { octets }, at: 0, length: octets.length };
  const decision = new Outbound(databases).decide(packet, now);
  const passes = decision === 'protect' || decision === 'bypass' || decision === 'unmatched';
  const sas = found.flatMap(({ sa }) => sa?.parameters ?? []);
  return {
    policy: entry?.policy ?? null,
    passedOver: passedOver(asked, traffic, flow),
    layers: found.map(({ layer }) => layer),
    outcome: passes ? (decision === 'protect' ? 'protected' : 'clear') : 'discarded',
    reason: passes ? null : decision,
    wire: passes ? wireOf(flow, sas, wire) : null,
  };
}

/** Those of `policies`, in the order of the SPD, that come before `found`; all where it is `null`. */
export function askedBefore(policies: readonly Policy[], found: Policy | null): readonly Policy[] {
  return found === null ? policies : policies.slice(0, policies.indexOf(found));
}

/** How packets of `flow` look under `sas`, innermost first. */
function wireOf(
  flow: Flow,
  sas: readonly SaParameters[],
  { linkMtu, lengths }: WireQuestion,
): Wire {
  const tunnel = sas.findLast(({ mode }) => mode === 'tunnel');
  const room = roomUnder(flow, sas, linkMtu(tunnel?.destination ?? flow.destination));
  return { room, forms: lengths(flow, room.mtu).map((length) => wireForm(flow, sas, length)) };
}
