/**
 * What a {@link Backend} tells of while it happens: changes to the SAD and the SPD, whoever made
 * them, the ends of lifetimes, and SAs that are wanted.
 *
 * No event holds a key: where a record has one, there are as many zeros. Who wants to know all of an
 * SA asks the backend for it by name.
 *
 * @module
 */
import { Secret } from '../crypto/secret.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { IpsecProtocol, Template } from './policy.ts';
import type { PolicyRecord, SaRecord } from './record.ts';
import type { SaParameters } from './sa-parameters.ts';
import type { Selector } from './selector.ts';

/** An SA without its keys, lifetimes and counters. */
export type SaOutline = Pick<
  SaParameters,
  'source' | 'destination' | 'protocol' | 'spi' | 'mode' | 'reqid'
>;

export type BackendEvent =
  | ({ readonly kind: 'sa-added' } & SaRecord)
  /** A larval SA was completed, or another one altered (RFC 2367 §3.1.2). */
  | ({ readonly kind: 'sa-updated' } & SaRecord)
  | ({ readonly kind: 'sa-deleted' } & SaRecord)
  | SaExpired
  /** Every SA of a protocol was deleted, or with `null` every SA. */
  | { readonly kind: 'sas-flushed'; readonly protocol: IpsecProtocol | null }
  | ({ readonly kind: 'policy-added' } & PolicyRecord)
  | ({ readonly kind: 'policy-updated' } & PolicyRecord)
  | ({ readonly kind: 'policy-deleted' } & PolicyRecord)
  | ({ readonly kind: 'policy-expired'; readonly limit: Limit } & PolicyRecord)
  | { readonly kind: 'policies-flushed' }
  | Acquire
  /** The listener was slower than what happened: events are missing, not far from here. */
  | { readonly kind: 'overrun' };

export type Limit = 'soft' | 'hard';

/**
 * An SA past a limit of its lifetime (RFC 2367 §3.1.8); past the hard one it carries nothing more.
 * Linux does not tell its algorithms: they may be `null`, whatever it has.
 */
export interface SaExpired extends SaRecord {
  readonly kind: 'sa-expired';
  readonly limit: Limit;
}

/** A packet met a policy, and there was no SA for one of its layers (RFC 2367 §3.1.6). */
export interface Acquire extends Pick<PolicyRecord, 'policy' | 'index'> {
  readonly kind: 'acquire';
  /** The ends that the SA is wanted for: of the packet, or of the tunnel. */
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The layer that wants it. */
  readonly template: Template;
  /** The addresses, protocol and ports of the packet. */
  readonly selector: Selector;
}

export type EventKind = BackendEvent['kind'];

/** Lost events, as an event. */
export const OVERRUN: BackendEvent = { kind: 'overrun' };

/** Events as they happen, from when it was made until it is closed, or left by `break`. */
export interface EventStream extends AsyncIterable<BackendEvent> {
  /** Ends the stream: who waits for the next event gets the end. Again is harmless. */
  close(): void;
}

/** `record` as events tell of it: with zeros for its keys. */
export function withoutKeys(record: SaRecord): SaRecord {
  const { encryption, integrity } = record.parameters;
  return {
    ...record,
    parameters: {
      ...record.parameters,
      encryption: encryption && { ...encryption, key: zeros(encryption.key) },
      integrity: integrity && { ...integrity, key: zeros(integrity.key) },
    },
  };
}

function zeros({ length }: Secret): Secret {
  return new Secret(new Uint8Array(length));
}
