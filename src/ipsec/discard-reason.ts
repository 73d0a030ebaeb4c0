/**
 * Why a packet was discarded, under the names that Linux gives the same events in
 * `/proc/net/xfrm_stat` (`XfrmInNoStates` is `in-no-states`), so that operators find what they know.
 *
 * @module
 */

/** Each reason with what it means, in the words an operator reads. */
export const DISCARD_REASONS = {
  'in-hdr-error': 'the IP, AH or ESP header is malformed',
  'in-no-states': 'no SA has this SPI, protocol and destination',
  'in-state-expired': 'the SA is past its hard lifetime',
  'in-state-seq-error': 'the sequence number was seen before or is too old (replay)',
  'in-state-mismatch':
    'the packet is not from the address that the SA is for, or in UDP against it',
  'in-state-proto-error': 'the ICV does not verify, or the padding is wrong',
  'in-tmpl-mismatch': 'a policy asks for protection that the packet did not have',
  'in-no-pols': 'the packet came through a tunnel that no policy asks for',
  'in-pol-block': 'a policy says discard',
  'in-no-ike':
    'an IKE message came to a port of ESP in UDP where no IKE runs, or none that keeps up',
  'in-deliver-error': 'the host would not take the packet',
  'out-error': 'the packet to protect is malformed or a fragment',
  'out-no-states': 'no SA serves the policy',
  'out-state-expired': 'the SA is past its hard lifetime',
  'out-state-seq-error': 'the sequence numbers of the SA are used up',
  'out-state-proto-error': 'the header cannot be authenticated',
  'out-pol-block': 'a policy says discard',
  'out-pol-error': 'no policy protects the packet that was handed over for protection',
  'out-too-big': 'the protected packet exceeds the path MTU and must not be fragmented',
  'out-no-room': 'the thread that sends to that peer did not keep up',
  'out-send-error': 'the host would not send the protected packet',
} as const;

export type DiscardReason = keyof typeof DISCARD_REASONS;

const REASONS = Object.keys(DISCARD_REASONS) as readonly DiscardReason[];
const PLACES = Object.fromEntries(REASONS.map((reason, place) => [reason, place])) as Readonly<
  Record<DiscardReason, number>
>;

/** Counts discarded packets by reason. */
export class DiscardTally {
  /** Octets of memory that it counts in. */
  static readonly LENGTH: number = REASONS.length * Float64Array.BYTES_PER_ELEMENT;

  readonly #counts: Float64Array;

  /** Goes on with what `memory` says at `at`, which others may read meanwhile. */
  constructor(memory: ArrayBufferLike = new ArrayBuffer(DiscardTally.LENGTH), at = 0) {
    this.#counts = new Float64Array(memory, at, REASONS.length);
  }

  count(reason: DiscardReason): void {
    const place = PLACES[reason];
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
  }

  /** The counts so far; reasons that never occurred are absent. */
  snapshot(): Readonly<Record<string, number>> {
    const counted: Record<string, number> = {};
    for (const [place, reason] of REASONS.entries()) {
      const count = this.#counts[place] ?? 0;
      if (count > 0) counted[reason] = count;
    }
    return counted;
  }
}
