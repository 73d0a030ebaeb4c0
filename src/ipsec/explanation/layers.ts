/**
 * The layers that a policy asks for, and the SA for each: as the data path finds it, or why it finds
 * none.
 *
 * @module
 */
import { type IpAddress, ipAddressAt, sameAddress } from '../../net/ip-address.ts';
import type { Template } from '../policy.ts';
import type { Instant, SaRecord } from '../record.ts';
import type { Sa } from '../sa.ts';
import type { Sad, SadEntry } from '../sad.ts';
import type { Traffic } from '../selector.ts';
import { servingSa } from '../serving-sa.ts';

/** Wherein an SA is not what a template asks for. */
export type SaDifference =
  | 'protocol'
  | 'mode'
  | 'reqid'
  | 'source'
  | 'destination'
  /** It is for the packets of the other way. */
  | 'direction'
  /** It waits for its keys. */
  | 'larval';

/** An SA that nearly serves a layer. */
export interface NearSa {
  readonly record: SaRecord;
  readonly differs: readonly SaDifference[];
}

/** One layer. */
export interface Layer {
  /** As the policy has it: from this host's view. */
  readonly template: Template;
  /** Between whom the SA must be, from the view of the packet. */
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The SA that serves it; `null` where there is none. */
  readonly sa: SaRecord | null;
  /** Why that cannot be used: it is past its hard lifetime, or has no sequence number left. */
  readonly fault: 'dead' | 'used-up' | null;
  /** Where there is none: those that differ least. */
  readonly nearest: readonly NearSa[];
}

/** {@link Layer} with the SA itself. */
export interface FoundLayer {
  readonly layer: Layer;
  readonly sa: Sa | undefined;
}

/** How many SAs that do not serve are told. */
const MOST_NEAREST = 3;
/** SAs that differ in more than that have nothing to do with the layer. */
const MOST_DIFFERENCES = 2;

/**
 * The layers of `templates`, innermost first, for the packet with `traffic`, whose local address is
 * its sender's. `sent` says that the policy is the sender's.
 */
export function layersFor(
  sad: Sad,
  templates: readonly Template[],
  traffic: Traffic,
  sent: boolean,
  now: Instant,
): FoundLayer[] {
  let tunnel: Template['endpoints'] = null;
  return templates.map((template) => {
    const own = sent ? template.endpoints : mirrored(template.endpoints);
    const ends = own ?? tunnel;
    const sa = servingSa(sad, template, ends, traffic, now);
    // As in outbound processing: a layer that is left out has no say in what comes behind it.
    if (sa !== undefined || template.level === 'require') tunnel = ends;
    const { version, octets, localAddressAt, remoteAddressAt } = traffic;
    const source = ends?.local ?? ipAddressAt(version, octets, localAddressAt);
    const destination = ends?.remote ?? ipAddressAt(version, octets, remoteAddressAt);
    const layer: Layer = {
      template,
      source,
      destination,
      sa: sa?.record(now) ?? null,
      fault: sa === undefined ? null : faultOf(sa, sent, now),
      nearest: sa === undefined ? nearestTo(sad, { template, source, destination }, now) : [],
    };
    return { layer, sa };
  });
}

function mirrored(endpoints: Template['endpoints']): Template['endpoints'] {
  return endpoints && { local: endpoints.remote, remote: endpoints.local };
}

function faultOf(sa: Sa, sent: boolean, now: Instant): Layer['fault'] {
  if (sa.stateAt(now) === 'dead') return 'dead';
  return sent && !sa.canSend ? 'used-up' : null;
}

/** An SA of another protocol is seldom the one that was meant. */
function distance({ differs }: NearSa): number {
  return differs.length + (differs.includes('protocol') ? MOST_DIFFERENCES : 0);
}

type Wanted = Pick<Layer, 'template' | 'source' | 'destination'>;

function nearestTo(sad: Sad, wanted: Wanted, now: Instant): NearSa[] {
  const near: NearSa[] = [];
  for (const entry of sad.all) {
    const differs = differences(entry, wanted, now);
    const isBetweenOthers = differs.includes('source') && differs.includes('destination');
    if (!isBetweenOthers && differs.length <= MOST_DIFFERENCES)
      near.push({ record: entry.record(now), differs });
  }
  return near.sort((a, b) => distance(a) - distance(b)).slice(0, MOST_NEAREST);
}

function differences(entry: SadEntry, wanted: Wanted, now: Instant): SaDifference[] {
  const { parameters } = entry;
  const { template, source, destination } = wanted;
  const differs: SaDifference[] = [];
  if (parameters.protocol !== template.protocol) differs.push('protocol');
  if (parameters.mode !== template.mode) differs.push('mode');
  if (template.reqid !== 0 && parameters.reqid !== template.reqid) differs.push('reqid');
  if (entry.stateAt(now) === 'larval') differs.push('larval');
  if (sameAddress(parameters.source, destination) && sameAddress(parameters.destination, source)) {
    differs.push('direction');
    return differs;
  }
  if (!sameAddress(parameters.source, source)) differs.push('source');
  if (!sameAddress(parameters.destination, destination)) differs.push('destination');
  return differs;
}
