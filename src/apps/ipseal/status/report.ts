/**
 * What `ipseal status` tells, as `--json` has it: an object a line. docs/status.md has the schema.
 * Within {@link STATUS_VERSION} fields may be added; none changes its meaning or goes away.
 *
 * @module
 */
import type { Backend, Capabilities, Instant, SaRecord } from '../../../ipsec/backend.ts';
import type { IpsecProtocol, Mode } from '../../../ipsec/policy.ts';
import { formatIpAddress } from '../../../net/ip-address.ts';

const STATUS_VERSION = 1;

/** Packets by reason, under the names of `/proc/net/xfrm_stat`; reasons that never occurred are absent. */
export type Counts = Readonly<Record<string, number>>;

/** In each second since the report before. */
export interface Rates {
  readonly packets: number;
  readonly octets: number;
  readonly discards: Counts;
}

/** An SA. Times are UTC, to the millisecond. */
export interface SaStatus {
  readonly source: string;
  readonly destination: string;
  readonly protocol: IpsecProtocol;
  readonly spi: number;
  readonly mode: Mode;
  readonly reqid: number;
  readonly state: SaRecord['state'];
  /** The last one sent; of an inbound SA the highest accepted. */
  readonly sequenceNumber: number;
  /** `null` for an SA that checks no sequence numbers. */
  readonly window: {
    readonly packets: number;
    readonly highest: number;
    /** Numbers that it covers and that did not come, or have yet to. */
    readonly missing: number;
  } | null;
  readonly packets: number;
  readonly octets: number;
  readonly addedAt: string;
  readonly usedAt: string | null;
  /** Packets for this SA that were discarded on its account. */
  readonly discards: Counts;
  /** `null` in the first report, and for an SA that was not in the one before. */
  readonly perSecond: Rates | null;
}

export interface StatusReport {
  readonly version: typeof STATUS_VERSION;
  readonly at: string;
  readonly backend: Capabilities['backend'];
  /** How many SAs there are. */
  readonly sas: number;
  readonly policies: number;
  /** All packets discarded, also those that no SA was found for. */
  readonly discards: Counts;
  /** Since the report before; `null` in the first. */
  readonly seconds: number | null;
  /** Of all SAs together, and of {@link discards}; `null` in the first. */
  readonly perSecond: Rates | null;
  /** Each SA, newest first. */
  readonly sad: readonly SaStatus[];
}

/** Asks `backend` at `now`. */
export async function takeReport(backend: Backend, now: Instant): Promise<StatusReport> {
  const { backend: kind } = await backend.capabilities();
  const sad: SaStatus[] = [];
  for await (const record of backend.sas()) sad.push(saStatus(record));
  let policies = 0;
  for await (const _ of backend.policies()) policies += 1;
  return {
    version: STATUS_VERSION,
    at: timeOf(now),
    backend: kind,
    sas: sad.length,
    policies,
    discards: await backend.discards(),
    seconds: null,
    perSecond: null,
    sad,
  };
}

function saStatus(record: SaRecord): SaStatus {
  const { parameters: sa, window } = record;
  return {
    source: formatIpAddress(sa.source),
    destination: formatIpAddress(sa.destination),
    protocol: sa.protocol,
    spi: sa.spi,
    mode: sa.mode,
    reqid: sa.reqid,
    state: record.state,
    sequenceNumber: record.sequenceNumber,
    window: window && { packets: sa.replayWindow, ...window },
    packets: record.packets,
    octets: record.octets,
    addedAt: timeOf(record.addedAt),
    usedAt: record.usedAt === null ? null : timeOf(record.usedAt),
    discards: record.discards,
    perSecond: null,
  };
}

function timeOf(instant: Instant): string {
  return new Date(instant).toISOString();
}
