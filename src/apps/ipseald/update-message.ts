/**
 * An {@link Update} as a message from thread to thread: what is shared stays shared, the rest is copied as the
 * control protocol writes it.
 *
 * @module
 */
import * as v from 'valibot';
import type { Update } from '../../ipsec/update.ts';
import {
  PolicyIdSchema,
  PolicySchema,
  policyIdToJson,
  policyToJson,
  SaIdSchema,
  SaSchema,
  saIdToJson,
  saToJson,
} from '../control/values.ts';

export interface UpdateMessage {
  readonly madeAt: number;
  readonly removedSas: readonly v.InferInput<typeof SaIdSchema>[];
  readonly addedSas: readonly {
    readonly parameters: v.InferInput<typeof SaSchema>;
    readonly counts: SharedArrayBuffer;
  }[];
  readonly removedPolicies: readonly v.InferInput<typeof PolicyIdSchema>[];
  readonly addedPolicies: readonly {
    readonly policy: v.InferInput<typeof PolicySchema>;
    readonly index: number;
    readonly usedAt: SharedArrayBuffer;
  }[];
}

export function toMessage(update: Update): UpdateMessage {
  return {
    madeAt: update.madeAt,
    removedSas: update.removedSas.map(saIdToJson),
    addedSas: update.addedSas.map(({ parameters, counts }) => ({
      parameters: saToJson(parameters),
      counts,
    })),
    removedPolicies: update.removedPolicies.map(policyIdToJson),
    addedPolicies: update.addedPolicies.map(({ policy, index, usedAt }) => ({
      policy: policyToJson(policy),
      index,
      usedAt,
    })),
  };
}

export function fromMessage(message: UpdateMessage): Update {
  return {
    madeAt: message.madeAt,
    removedSas: message.removedSas.map((id) => v.parse(SaIdSchema, id)),
    addedSas: message.addedSas.map(({ parameters, counts }) => ({
      parameters: v.parse(SaSchema, parameters),
      counts,
    })),
    removedPolicies: message.removedPolicies.map((id) => v.parse(PolicyIdSchema, id)),
    addedPolicies: message.addedPolicies.map(({ policy, index, usedAt }) => ({
      policy: v.parse(PolicySchema, policy),
      index,
      usedAt,
    })),
  };
}
