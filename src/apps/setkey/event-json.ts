/**
 * Events as `setkey -x --json` prints them: an object a line, the same from every backend, without
 * keys. docs/setkey.md has the schema.
 *
 * @module
 */
import type { Instant } from '../../ipsec/backend.ts';
import type { BackendEvent, Limit } from '../../ipsec/events.ts';
import type { IpsecProtocol } from '../../ipsec/policy.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import {
  DUMP_VERSION,
  type PolicyJson,
  policyToDump,
  type SaJson,
  type SelectorJson,
  saToDump,
  selectorToDump,
  type TemplateJson,
  templateToDump,
} from './dump-json.ts';

/** What happened, without when. */
type HappeningJson =
  | { readonly event: 'sa-added' | 'sa-updated' | 'sa-deleted'; readonly sa: SaJson }
  | { readonly event: 'sa-expired'; readonly limit: Limit; readonly sa: SaJson }
  /** `null` is all. */
  | { readonly event: 'sas-flushed'; readonly protocol: IpsecProtocol | null }
  | {
      readonly event: 'policy-added' | 'policy-updated' | 'policy-deleted';
      readonly policy: PolicyJson;
    }
  | { readonly event: 'policy-expired'; readonly limit: Limit; readonly policy: PolicyJson }
  | { readonly event: 'policies-flushed' | 'overrun' }
  | {
      readonly event: 'acquire';
      readonly source: string;
      readonly destination: string;
      readonly template: TemplateJson;
      /** Of the packet. */
      readonly selector: SelectorJson;
      /** The policy that the packet met. */
      readonly policyIndex: number;
    };

/** An event. `time` is UTC, to the millisecond: `2026-11-21T16:15:58.734Z`. */
export type EventJson = {
  readonly version: typeof DUMP_VERSION;
  readonly type: 'event';
  readonly time: string;
} & HappeningJson;

/** `event`, which was told at `instant`, as a line. */
export function eventToLine(event: BackendEvent, instant: Instant): string {
  const object: EventJson = {
    version: DUMP_VERSION,
    type: 'event',
    time: new Date(instant).toISOString(),
    ...happening(event),
  };
  return `${JSON.stringify(object)}\n`;
}

function happening(event: BackendEvent): HappeningJson {
  switch (event.kind) {
    case 'sa-added':
    case 'sa-updated':
    case 'sa-deleted':
      return { event: event.kind, sa: saToDump(event, false) };
    case 'sa-expired':
      return { event: event.kind, limit: event.limit, sa: saToDump(event, false) };
    case 'sas-flushed':
      return { event: event.kind, protocol: event.protocol };
    case 'policy-added':
    case 'policy-updated':
    case 'policy-deleted':
      return { event: event.kind, policy: policyToDump(event) };
    case 'policy-expired':
      return { event: event.kind, limit: event.limit, policy: policyToDump(event) };
    case 'policies-flushed':
    case 'overrun':
      return { event: event.kind };
    case 'acquire':
      return {
        event: event.kind,
        source: formatIpAddress(event.source),
        destination: formatIpAddress(event.destination),
        template: templateToDump(event.template),
        selector: selectorToDump(event.selector),
        policyIndex: event.index,
      };
  }
}
