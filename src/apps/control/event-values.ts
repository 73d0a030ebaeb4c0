/**
 * Events as JSON: the schema of the control protocol's events, and the way back.
 *
 * @module
 */
import * as v from 'valibot';
import { type BackendEvent, withoutKeys } from '../../ipsec/events.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import {
  AddressSchema,
  PolicyRecordSchema,
  PolicySchema,
  ProtocolSchema,
  policyRecordToJson,
  policyToJson,
  SaRecordSchema,
  SelectorSchema,
  saRecordToJson,
  selectorToJson,
  TemplateSchema,
  templateToJson,
} from './values.ts';

const Limit = v.picklist(['soft', 'hard']);
const Sa = SaRecordSchema.entries;
const Policy = PolicyRecordSchema.entries;

export const EventSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('sa-added'), ...Sa }),
  v.strictObject({ kind: v.literal('sa-updated'), ...Sa }),
  v.strictObject({ kind: v.literal('sa-deleted'), ...Sa }),
  v.strictObject({ kind: v.literal('sa-expired'), limit: Limit, ...Sa }),
  v.strictObject({ kind: v.literal('sas-flushed'), protocol: v.nullable(ProtocolSchema) }),
  v.strictObject({ kind: v.literal('policy-added'), ...Policy }),
  v.strictObject({ kind: v.literal('policy-updated'), ...Policy }),
  v.strictObject({ kind: v.literal('policy-deleted'), ...Policy }),
  v.strictObject({ kind: v.literal('policy-expired'), limit: Limit, ...Policy }),
  v.strictObject({ kind: v.literal('policies-flushed') }),
  v.strictObject({
    kind: v.literal('acquire'),
    source: AddressSchema,
    destination: AddressSchema,
    template: TemplateSchema,
    selector: SelectorSchema,
    policy: PolicySchema,
    index: Policy.index,
  }),
  v.strictObject({ kind: v.literal('overrun') }),
]);

export function eventToJson(event: BackendEvent): v.InferInput<typeof EventSchema> {
  switch (event.kind) {
    case 'sa-added':
    case 'sa-updated':
    case 'sa-deleted':
      return { kind: event.kind, ...saRecordToJson(withoutKeys(event)) };
    case 'sa-expired':
      return { kind: event.kind, limit: event.limit, ...saRecordToJson(withoutKeys(event)) };
    case 'policy-added':
    case 'policy-updated':
    case 'policy-deleted':
      return { kind: event.kind, ...policyRecordToJson(event) };
    case 'policy-expired':
      return { kind: event.kind, limit: event.limit, ...policyRecordToJson(event) };
    case 'acquire':
      return {
        kind: event.kind,
        source: formatIpAddress(event.source),
        destination: formatIpAddress(event.destination),
        template: templateToJson(event.template),
        selector: selectorToJson(event.selector),
        policy: policyToJson(event.policy),
        index: event.index,
      };
    case 'sas-flushed':
    case 'policies-flushed':
    case 'overrun':
      return event;
  }
}
