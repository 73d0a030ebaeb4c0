/**
 * Events of a backend as the PF_KEY messages in which Linux tells of them.
 *
 * A backend does not know who asked for a change: sequence number and pid are 0 in all of them.
 *
 * @module
 */
import type { BackendEvent } from '../../../ipsec/events.ts';
import type { SadbMessage } from '../../../pfkey/message.ts';
import { UNASKED } from './origin.ts';
import {
  type Availability,
  acquireMessage,
  flushMessage,
  policyFlushMessage,
} from './other-message.ts';
import { policyMessage } from './policy-message.ts';
import { expireMessage, saMessage } from './sa-message.ts';

/** The message that tells of `event`; `null` when PF_KEY on Linux has none. */
export function eventMessage(event: BackendEvent, available: Availability): SadbMessage | null {
  switch (event.kind) {
    case 'sa-added':
      return saMessage('add', event, UNASKED);
    case 'sa-updated':
      return saMessage('update', event, UNASKED);
    case 'sa-deleted':
      return saMessage('delete', event, UNASKED);
    case 'sa-expired':
      return expireMessage(event, event.limit);
    case 'sas-flushed':
      return flushMessage(event.protocol, UNASKED);
    case 'policy-added':
      return policyMessage('spdadd', event, UNASKED);
    case 'policy-updated':
      return policyMessage('spdupdate', event, UNASKED);
    case 'policy-deleted':
      return policyMessage('spddelete', event, UNASKED);
    case 'policies-flushed':
      return policyFlushMessage(UNASKED);
    case 'acquire': {
      const { source, destination, template, policy, index } = event;
      return acquireMessage(
        {
          protocol: template.protocol,
          source,
          destination,
          policy: { index, priority: policy.priority },
          sequenceNumber: 0,
        },
        available,
      );
    }
    case 'policy-expired':
    case 'overrun':
      return null;
  }
}
