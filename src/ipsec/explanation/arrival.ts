/**
 * What becomes of a packet that arrives (RFC 4301 §5.2): one in the clear, one protected as the policy
 * asks, and one protected by some other SA.
 *
 * @module
 */
import { newIpHeader, readIp } from '../../wire/ip.ts';
import { Admission, type InboundVerdict } from '../admission.ts';
import type { Databases } from '../databases.ts';
import type { DiscardReason } from '../discard-reason.ts';
import { LarvalSa } from '../larval-sa.ts';
import type { Policy } from '../policy.ts';
import type { Instant, SaRecord } from '../record.ts';
import type { Sa } from '../sa.ts';
import { SaStack } from '../sa-stack.ts';
import { newTraffic, readTraffic } from '../traffic.ts';
import { askedBefore } from './departure.ts';
import { type Flow, packetOf } from './flow.ts';
import { type FoundLayer, type Layer, layersFor } from './layers.ts';
import { type PassedOvers, passedOver } from './passed-over.ts';

/** A packet that arrives. */
export interface Arrival {
  /** The policy that is about it; `null` where none is. */
  readonly policy: Policy | null;
  readonly passedOver: PassedOvers;
  /** What the policy asks for, innermost first. */
  readonly layers: readonly Layer[];
  /** What becomes of it in the clear. */
  readonly plain: InboundVerdict;
  /** What becomes of it in all of the layers; `null` where none is asked for. */
  readonly sealed: InboundVerdict | null;
  /** What becomes of it under one other SA between the same hosts alone. */
  readonly others: readonly OtherSa[];
  /** The best that can become of it. */
  readonly outcome: 'protected' | 'clear' | 'discarded';
  /** Why it is discarded however it comes; `null` where it is not. */
  readonly reason: DiscardReason | null;
}

/** An SA that no layer asks for. */
export interface OtherSa {
  readonly record: SaRecord;
  readonly verdict: InboundVerdict;
}

/** How many are told. */
const MOST_OTHERS = 3;

/** Asks `databases`, which have the policies for packets received alone, about `flow`. */
export function arrivalOf(databases: Databases, flow: Flow, now: Instant): Arrival {
  const octets = packetOf(flow);
  const [header, sent, received] = [newIpHeader(), newTraffic(), newTraffic()];
  if (!readIp(header, octets, 0, octets.length)) throw new Error('Bug: the packet is malformed');
  readTraffic(sent, octets, header, true);
  readTraffic(received, octets, header, false);
  const packet = { memory: { octets }, at: 0, length: octets.length };
  const admission = new Admission(databases);
  /** In the layers of `sas`, outermost first. */
  const judge = (sas: readonly Sa[]): InboundVerdict => {
    const stack = new SaStack();
    for (const sa of sas) stack.push(sa);
    return admission.judge(packet, header, stack, now);
  };
  const plain = judge([]);
  const policy = admission.entry?.policy ?? null;
  const action = policy?.action;
  const templates = action?.kind === 'protect' ? action.templates : [];
  const found = layersFor(databases.sad, templates, sent, false, now);
  const sealed = templates.length === 0 ? null : sealedVerdict(found, judge);
  const discards = [sealed, plain].flatMap((verdict) =>
    verdict === null || verdict === 'deliver' ? [] : [verdict],
  );
  const isDelivered = sealed === 'deliver' || plain === 'deliver';
  const isProtected = sealed === 'deliver' && found.some(({ sa }) => sa !== undefined);
  return {
    policy,
    passedOver: passedOver(askedBefore(databases.spd.policies, policy), received, flow),
    layers: found.map(({ layer }) => layer),
    plain,
    sealed,
    others: others(databases, flow, found, judge, now),
    outcome: isProtected ? 'protected' : isDelivered ? 'clear' : 'discarded',
    reason: isDelivered ? null : (discards[0] ?? null),
  };
}

/** A peer that has SAs where we have none is not understood. */
function sealedVerdict(
  found: readonly FoundLayer[],
  judge: (sas: readonly Sa[]) => InboundVerdict,
): InboundVerdict {
  const missing = found.some(({ layer, sa }) => sa === undefined && isNeeded(layer));
  if (missing) return 'in-no-states';
  if (found.some(({ layer }) => layer.fault !== null)) return 'in-state-expired';
  return judge(found.flatMap(({ sa }) => sa ?? []).toReversed());
}

function isNeeded({ template: { level } }: Layer): boolean {
  return level === 'require';
}

function others(
  { sad }: Databases,
  { source, destination }: Flow,
  found: readonly FoundLayer[],
  judge: (sas: readonly Sa[]) => InboundVerdict,
  now: Instant,
): OtherSa[] {
  const asked = new Set(found.map(({ sa }) => sa));
  return sad
    .between({ source, destination, protocol: null })
    .flatMap((entry) => (entry instanceof LarvalSa || asked.has(entry) ? [] : [entry]))
    .slice(-MOST_OTHERS)
    .map((sa) => ({
      record: sa.record(now),
      verdict: sa.stateAt(now) === 'dead' ? 'in-state-expired' : judge([sa]),
    }));
}
