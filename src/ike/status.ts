/**
 * What the endpoint of IKE is at, as a value: what `racoonctl show-sa isakmp` and `ipseal status` show.
 *
 * @module
 */
import type { SaId } from '../ipsec/sa-parameters.ts';
import type { ClientSettings } from './client-settings.ts';
import type { Phase1Identity } from './event.ts';

export interface Phase1Status extends Phase1Identity {
  /** How far it is: messages sent or received before it is established. */
  readonly state: Phase1Progress;
  /** When it was established, in milliseconds since the epoch; `null` before. */
  readonly establishedAt: number | null;
  /** When it will end. */
  readonly expiresAt: number | null;
  readonly remoteIdentity: string | null;
  readonly settings: ClientSettings | null;
  /** The quick modes that are under way, and those whose SAs live. */
  readonly phase2: readonly Phase2Status[];
}

export interface Phase1Progress {
  readonly kind: 'negotiating' | 'established' | 'dying' | 'expired';
  /** Messages that were sent and that were received, while negotiating. */
  readonly sent: number;
  readonly received: number;
}

export interface Phase2Status {
  readonly messageId: number;
  readonly role: 'initiator' | 'responder';
  readonly state: 'negotiating' | 'established';
  readonly sas: readonly SaId[];
}

export interface IkeStatus {
  readonly phase1: readonly Phase1Status[];
}
