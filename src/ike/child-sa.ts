/**
 * The SAs that protect traffic, as IKE has made them: a pair for each layer.
 *
 * @module
 */
import type { Policy } from '../ipsec/policy.ts';
import type { SaParameters } from '../ipsec/sa-parameters.ts';
import type { IpAddress } from '../net/ip-address.ts';

/** One quick mode's SAs. */
export interface ChildSa {
  /** The ends of IKE when it was made. */
  readonly local: IpAddress;
  readonly remote: IpAddress;
  /** Who the peer says that it is: behind a NAT, several have one address. */
  readonly peerIdentity: string;
  readonly role: 'initiator' | 'responder';
  readonly messageId: number;
  /** In milliseconds, of the clock that comes in. */
  readonly madeAt: number;
  /** Outermost first, one for each layer. */
  readonly inbound: readonly SaParameters[];
  readonly outbound: readonly SaParameters[];
  /** The outbound entry of the SPD that they serve. */
  readonly policy: Policy;
  /** Entries of the SPD that were made for them, and go with them and with those that replace them. */
  readonly generated: readonly Policy[];
}
