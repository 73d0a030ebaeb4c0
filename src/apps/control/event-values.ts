/**
 * Events as JSON: the schema of the control protocol's events, and the way back.
 *
 * @module
 */
import * as v from 'valibot';
import type { BackendEvent, IndexedPolicy } from '../../ipsec/events.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import {
  AddressSchema,
  PolicySchema,
  ProtocolSchema,
  policyToJson,
  SaOutlineSchema,
  SelectorSchema,
  saOutlineToJson,
  selectorToJson,
  TemplateSchema,
  templateToJson,
} from './values.ts';

const Limit = v.picklist(['soft', 'hard']);
const Indexed = { policy: PolicySchema, index: v.pipe(v.number(), v.integer(), v.minValue(0)) };

export const EventSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('sa-added'), sa: SaOutlineSchema }),
  v.strictObject({ kind: v.literal('sa-updated'), sa: SaOutlineSchema }),
  v.strictObject({ kind: v.literal('sa-deleted'), sa: SaOutlineSchema }),
  v.strictObject({ kind: v.literal('sa-expired'), sa: SaOutlineSchema, limit: Limit }),
  v.strictObject({ kind: v.literal('sas-flushed'), protocol: v.nullable(ProtocolSchema) }),
  v.strictObject({ kind: v.literal('policy-added'), ...Indexed }),
  v.strictObject({ kind: v.literal('policy-updated'), ...Indexed }),
  v.strictObject({ kind: v.literal('policy-deleted'), ...Indexed }),
  v.strictObject({ kind: v.literal('policy-expired'), limit: Limit, ...Indexed }),
  v.strictObject({ kind: v.literal('policies-flushed') }),
  v.strictObject({
    kind: v.literal('acquire'),
    source: AddressSchema,
    destination: AddressSchema,
    template: TemplateSchema,
    selector: SelectorSchema,
    ...Indexed,
  }),
  v.strictObject({ kind: v.literal('overrun') }),
]);

export function eventToJson(event: BackendEvent): v.InferInput<typeof EventSchema> {
  switch (event.kind) {
    case 'sa-added':
    case 'sa-updated':
    case 'sa-deleted':
      return { kind: event.kind, sa: saOutlineToJson(event.sa) };
    case 'sa-expired':
      return { kind: event.kind, sa: saOutlineToJson(event.sa), limit: event.limit };
    case 'policy-added':
    case 'policy-updated':
    case 'policy-deleted':
      return { kind: event.kind, ...indexedToJson(event) };
    case 'policy-expired':
      return { kind: event.kind, limit: event.limit, ...indexedToJson(event) };
    case 'acquire':
      return {
        kind: event.kind,
        source: formatIpAddress(event.source),
        destination: formatIpAddress(event.destination),
        template: templateToJson(event.template),
        selector: selectorToJson(event.selector),
        ...indexedToJson(event),
      };
    case 'sas-flushed':
    case 'policies-flushed':
    case 'overrun':
      return event;
  }
}

function indexedToJson({ policy, index }: IndexedPolicy) {
  return { policy: policyToJson(policy), index };
}
