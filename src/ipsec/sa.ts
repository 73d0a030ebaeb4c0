/**
 * An SA at work: its keyed transform, and what it counts.
 *
 * @module
 */
import type { CryptoProvider } from '../crypto/context.ts';
import type { RandomPool } from '../crypto/random-pool.ts';
import { GROWING_ZERO } from '../octets/growing.ts';
import { AhTransform } from './ah-transform.ts';
import type { Instant, SaRecord } from './backend.ts';
import type { DiscardReason } from './discard-reason.ts';
import { EspTransform } from './esp-transform.ts';
import { IpcompTransform } from './ipcomp-transform.ts';
import { drawIvOrigin, type IvOrigin } from './iv.ts';
import { lifetimeReached, nextDeadline } from './lifetime.ts';
import { OwnCounts } from './own-counts.ts';
import { NO_PROGRESS, type Progress } from './progress.ts';
import type { SaCounts } from './sa-counts.ts';
import { isAuthenticated, type SaParameters } from './sa-parameters.ts';
import { extendSequenceNumber, lastSequenceNumber } from './sequence-number.ts';
import { newSharedCounts, SharedCounts } from './shared-counts.ts';

/** The transform of an SA, told apart by its protocol. */
export type Transform =
  | { readonly protocol: 'esp'; readonly esp: EspTransform }
  | { readonly protocol: 'ah'; readonly ah: AhTransform }
  | { readonly protocol: 'ipcomp'; readonly ipcomp: IpcompTransform };

export class Sa {
  readonly parameters: SaParameters;
  /** Greater than that of every SA added before it; the SAD that holds it sets it. */
  ordinal = 0;
  /** Is told, while a packet is counted, that the SA has carried as much as one of its lifetimes says. */
  onUsedUp: ((sa: Sa) => void) | null = null;
  readonly #crypto: CryptoProvider;
  #transform: Transform | null = null;
  readonly #addedAt: Instant;
  /** What other threads' SAs of the same name count in, too; `null` where there are none. */
  readonly sharedCounts: SharedArrayBuffer | null;
  readonly #counts: SaCounts;
  readonly #ivOrigin: IvOrigin | null;
  readonly #last: number;
  /** The octets, and the packets, at which a lifetime ends next. */
  #octetsToTell = GROWING_ZERO;
  #packetsToTell = GROWING_ZERO;

  /**
   * Keys contexts of `crypto` for its first packet, and not before: of many SAs most are idle. Whether
   * there are such contexts {@link requireKeyable} tells. It counts from `progress` on, or where other threads
   * carry packets under the same SA, in the memory that {@link newCountsOf} made for all of them.
   */
  constructor(
    parameters: SaParameters,
    crypto: CryptoProvider,
    now: Instant,
    progress: Progress | SharedArrayBuffer = NO_PROGRESS,
  ) {
    this.parameters = parameters;
    this.#crypto = crypto;
    this.#octetsToTell = nextOctets(parameters, 0);
    this.#packetsToTell = nextPackets(parameters, 0);
    this.#last = lastSequenceNumber(parameters.extendedSequenceNumbers);
    this.#addedAt = now;
    if (progress instanceof SharedArrayBuffer) {
      const counts = new SharedCounts(progress, windowOf(parameters));
      this.sharedCounts = progress;
      this.#counts = counts;
      this.#ivOrigin = counts.ivOrigin;
    } else {
      this.sharedCounts = null;
      this.#counts = new OwnCounts(progress, windowOf(parameters));
      this.#ivOrigin = null;
    }
  }

  /** Keyed when first asked for. */
  get transform(): Transform {
    return this.#transform ?? this.key();
  }

  /** Keys {@link transform}, before it is asked for. Throws when an algorithm is lacking. */
  key(): Transform {
    this.#transform ??= transformOf(this.parameters, this.#crypto, this.#ivOrigin);
    return this.#transform;
  }

  /** RFC 2367 §3.1: mature, dying past the soft lifetime, dead past the hard one. */
  stateAt(now: Instant): 'mature' | 'dying' | 'dead' {
    const { hardLifetime, softLifetime } = this.parameters;
    const seconds = (now - this.#addedAt) / 1000;
    const { octets, packets } = this.#counts;
    if (lifetimeReached(hardLifetime, seconds, octets, packets)) return 'dead';
    return lifetimeReached(softLifetime, seconds, octets, packets) ? 'dying' : 'mature';
  }

  /** When it last carried a packet; `null` if it never did. */
  get usedAt(): Instant | null {
    return this.#counts.usedAt;
  }

  /** When time alone changes its state next; `null` when never. */
  deadlineAfter(now: Instant): Instant | null {
    const { hardLifetime, softLifetime } = this.parameters;
    return nextDeadline([hardLifetime, softLifetime], this.#addedAt, now);
  }

  /** Whether a sequence number is left to send with (RFC 4303 §3.3.3). */
  get canSend(): boolean {
    return this.#counts.left(this.#last) > 0;
  }

  /** The sequence number for the next packet sent; the first is 1. */
  nextSequenceNumber(): number {
    return this.#counts.take(1);
  }

  /** Takes the sequence numbers of the next `count` packets sent, and returns the first of them. */
  nextSequenceNumbers(count: number): number {
    return this.#counts.take(count);
  }

  /** How many packets of `octets` octets the SA can carry with nothing to happen to it meanwhile. */
  uneventful(octets: number): number {
    const counts = this.#counts;
    const byOctets = Math.ceil((this.#octetsToTell - counts.octets) / octets) - 1;
    const byPackets = this.#packetsToTell - counts.packets - 1;
    return Math.min(byOctets, byPackets, counts.left(this.#last));
  }

  /**
   * The whole sequence number of a received packet that shows `low` of it; negative when there is
   * none (RFC 4303 §2.2.1).
   */
  sequenceNumberOf(low: number): number {
    const { extendedSequenceNumbers, replayWindow } = this.parameters;
    if (!extendedSequenceNumbers) return low;
    return extendSequenceNumber(low, this.#counts.received, replayWindow);
  }

  /** Whether a received sequence number may be new: asked before the ICV is verified. */
  mayAccept(sequenceNumber: number): boolean {
    return this.#counts.mayAccept(sequenceNumber);
  }

  /**
   * Notes a received sequence number whose packet was authentic; `false` when it is not new any more: another
   * packet had it meanwhile.
   */
  accept(sequenceNumber: number): boolean {
    return this.#counts.accept(sequenceNumber);
  }

  /** Whether a received sequence number, and all that come after it, are ahead of the window. */
  isAhead(sequenceNumber: number): boolean {
    return this.#counts.isAhead(sequenceNumber);
  }

  /**
   * Notes `count` received sequence numbers, from `first` on, whose packets were authentic; `false`, and none is
   * noted, when they are not all ahead of the window any more.
   */
  acceptTrain(first: number, count: number): boolean {
    return this.#counts.acceptTrain(first, count);
  }

  /** Counts a packet of `octets` octets that the SA carried. */
  use(octets: number, now: Instant): void {
    this.useTrain(octets, 1, now);
  }

  /** Counts `count` packets of `octets` octets each. */
  useTrain(octets: number, count: number, now: Instant): void {
    const counts = this.#counts;
    counts.use(octets, count, now);
    if (counts.octets < this.#octetsToTell && counts.packets < this.#packetsToTell) return;
    this.#octetsToTell = nextOctets(this.parameters, counts.octets);
    this.#packetsToTell = nextPackets(this.parameters, counts.packets);
    this.onUsedUp?.(this);
  }

  /** Counts a packet for the SA that nobody may see. */
  discard(reason: DiscardReason): void {
    this.#counts.discard(reason);
  }

  record(now: Instant): SaRecord {
    const { sent, received, usedAt, octets, packets, window, discards } = this.#counts;
    return {
      parameters: this.parameters,
      state: this.stateAt(now),
      sequenceNumber: received > 0 ? received : sent,
      addedAt: this.#addedAt,
      usedAt,
      // Not -0.
      octets: octets + 0,
      packets: packets + 0,
      window,
      discards,
    };
  }

  /** Forgets the keys of the contexts. The SA must not be used afterwards. */
  destroy(): void {
    if (this.#transform !== null) destroyTransform(this.#transform);
  }
}

/** Memory in which several threads count together of an SA of `parameters`, from `progress` on. */
export function newCountsOf(
  parameters: SaParameters,
  progress: Progress,
  random: RandomPool,
): SharedArrayBuffer {
  return newSharedCounts(progress, windowOf(parameters), drawIvOrigin(random));
}

/** Without integrity a forged number would move the window (RFC 4303 §3.4.3). */
function windowOf(parameters: SaParameters): number {
  return isAuthenticated(parameters) ? parameters.replayWindow : 0;
}

/** Throws what the first packet of an SA of `parameters` would meet with: a lack of `crypto`. */
export function requireKeyable(parameters: SaParameters, crypto: CryptoProvider): void {
  destroyTransform(transformOf(parameters, crypto, null));
}

/** Has `sa` count that it would not carry a packet. */
export function refusedBy(sa: Sa, reason: DiscardReason): DiscardReason {
  sa.discard(reason);
  return reason;
}

function transformOf(
  parameters: SaParameters,
  crypto: CryptoProvider,
  ivOrigin: IvOrigin | null,
): Transform {
  switch (parameters.protocol) {
    case 'esp':
      return { protocol: 'esp', esp: new EspTransform(parameters, crypto, ivOrigin) };
    case 'ah':
      return { protocol: 'ah', ah: new AhTransform(parameters, crypto) };
    case 'ipcomp':
      return { protocol: 'ipcomp', ipcomp: new IpcompTransform(parameters, crypto.memory) };
  }
}

function destroyTransform(transform: Transform): void {
  if (transform.protocol === 'esp') transform.esp.destroy();
  if (transform.protocol === 'ah') transform.ah.destroy();
}

/** The least number of octets past `octets` at which a lifetime ends. */
function nextOctets({ softLifetime, hardLifetime }: SaParameters, octets: number): number {
  return nextLimit(softLifetime.octets, hardLifetime.octets, octets);
}

/** The least number of packets past `packets` at which a lifetime ends. */
function nextPackets({ softLifetime, hardLifetime }: SaParameters, packets: number): number {
  return nextLimit(softLifetime.packets, hardLifetime.packets, packets);
}

function nextLimit(soft: number, hard: number, reached: number): number {
  const softOrNone = soft > reached ? soft : Number.POSITIVE_INFINITY;
  const hardOrNone = hard > reached ? hard : Number.POSITIVE_INFINITY;
  return Math.min(softOrNone, hardOrNone);
}
