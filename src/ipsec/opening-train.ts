/**
 * Packets of one SA, one after the other and as long as each other, on their way through the crypto provider
 * where they were received: what inbound processing knows of them meanwhile.
 *
 *     outer headers │ ESP packet            the leader, which came first, in its place of the batch
 *                     ESP packet            its followers, which came with it in one message; their
 *                     ESP packet  ...       outer headers are the leader's, or stand in front of each
 *
 * @module
 */
import type { Train } from '../octets/trains.ts';
import { espSequenceNumber, espSpi } from '../wire/esp.ts';
import { readIp } from '../wire/ip.ts';
import type { EspTransform } from './esp-transform.ts';
import type { Opening } from './opening.ts';
import type { Packet } from './packet.ts';
import type { Sa } from './sa.ts';

/** Fewer than so many are not worth it. */
const LEAST = 8;

/** ESP packets that came in one go with another, behind it, and whose outer headers are like its. */
export interface Following extends Train {
  /** Octets of outer headers in front of each; 0 where there are only the leader's. */
  frontLength: number;
}

/** Packets that came out of ESP. */
export interface Opened extends Train {
  /**
   * Whether their IP headers are there. Else these would stand in front of the payloads, and are known
   * to say what that of the packet before does.
   */
  hasIp: boolean;
  /** Whether their checksums are to hold. Else they count other addresses, which a NAT changed (RFC 3948 §3.1.2). */
  isSummed: boolean;
}

/** Good from {@link OpeningTrain.begin} until more is put off than belongs to it. */
export class OpeningTrain {
  #sa: Sa | null = null;
  #esp: EspTransform | null = null;
  /** The leader's outer headers. */
  #frontAt = 0;
  #frontLength = 0;
  /** As {@link Following.frontLength}. */
  #ownFrontLength = 0;
  /** ESP packets, and what is inside of those that {@link alike} was asked about. */
  readonly #packets: Train = { at: 0, stride: 0, length: 0, count: 0 };
  readonly #inner: Opened = {
    at: 0,
    stride: 0,
    length: 0,
    count: 0,
    hasIp: true,
    isSummed: true,
  };
  /** Of the first. */
  #sequenceNumber = 0;
  /** To ask the crypto provider by, and how far it is from one to the next. */
  #number = 0;
  #step = 0;
  /** As many are known to be authentic, ... */
  #authentic = 0;
  /** ... so many the SA has accepted, ... */
  #accepted = 0;
  /** ... and so many are settled, one way or the other. */
  #done = 0;

  /** How many there are. */
  get count(): number {
    return this.#packets.count;
  }

  /** How many were neither {@link leave}d nor {@link pass}ed, which are the last ones. */
  get left(): number {
    return this.#packets.count - this.#done;
  }

  get sa(): Sa | null {
    return this.#sa;
  }

  /** Has it be a train of no packets. */
  forget(): void {
    this.#packets.count = 0;
    this.#accepted = 0;
    this.#done = 0;
  }

  /**
   * Begins to open those of `following` that can be a train behind `leader`, whose packet in `octets` was
   * begun just before; not more than `most`. Returns how many these are: 0 when each must be by itself.
   */
  begin(leader: Opening, following: Readonly<Following>, most: number, octets: Uint8Array): number {
    this.forget();
    const { sa, at, length, header, sequenceNumber } = leader;
    const wanted = Math.min(most, following.count);
    if (wanted < LEAST || following.length !== length) return 0;
    if (sa?.transform.protocol !== 'esp') return 0;
    const { esp } = sa.transform;
    const { trains } = esp;
    // Those that follow are new to the window, too (RFC 4303 §3.4.3).
    if (trains === null || !sa.isAhead(sequenceNumber + 1)) return 0;
    const { at: from, stride, frontLength } = following;
    if (frontLength > 0 && frontLength !== at - header.at) return 0;
    const spi = espSpi(octets, at);
    const next = espSequenceNumber(octets, at) + 1;
    const count = trains.steps.consecutive(from, stride, wanted, spi, next);
    if (count < LEAST) return 0;
    this.#sa = sa;
    this.#esp = esp;
    this.#frontAt = header.at;
    this.#frontLength = at - header.at;
    this.#ownFrontLength = frontLength;
    this.#packets.at = from;
    this.#packets.stride = stride;
    this.#packets.length = length;
    this.#packets.count = count;
    this.#sequenceNumber = sequenceNumber + 1;
    const waiting = trains.waiting;
    this.#number = esp.openTrainLater(from, stride, length, count);
    this.#step = (trains.waiting - waiting) / count;
    this.#authentic = 0;
    return count;
  }

  /**
   * Those that come next, as plaintexts with a packet of `length` octets each, of which the first
   * `missingLength` are an IP header that is not there: as many as nothing is to be said against that is not
   * to be said against the packet of the SA that was opened last. They may be none; `most` at most. The SA has
   * accepted them then.
   */
  alike(length: number, missingLength: number, most: number): Readonly<Opened> {
    const inner = this.#inner;
    const { at, stride, length: espLength } = this.#packets;
    const esp = this.#esp;
    const sa = this.#sa;
    inner.count = 0;
    inner.length = length;
    inner.stride = stride;
    inner.hasIp = missingLength === 0;
    if (esp === null || sa === null) return inner;
    inner.isSummed = sa.parameters.mode === 'tunnel' || sa.parameters.encapsulation === null;
    const done = this.#done;
    const first = this.#sequenceNumber + done;
    const accepted = this.#accepted - done;
    // One that came before the train may have moved the window.
    if (accepted <= 0 && !sa.isAhead(first)) return inner;
    const next = at + done * stride;
    inner.at = next + esp.headerLength - missingLength;
    const authentic = Math.min(most, this.#knownToBeAuthentic(esp));
    const known = accepted > 0 ? Math.min(authentic, accepted) : authentic;
    if (known > 0) inner.count = esp.endAlike(next, stride, espLength, known);
    if (accepted > 0 || inner.count === 0) return inner;
    if (sa.acceptTrain(first, inner.count)) this.#accepted = done + inner.count;
    else inner.count = 0;
    return inner;
  }

  /** Of the next ones. */
  #knownToBeAuthentic(esp: EspTransform): number {
    const done = this.#done;
    if (this.#authentic <= done) {
      const number = this.#number + done * this.#step;
      this.#authentic = done + (esp.trains?.authentic(number, this.#step, this.left) ?? 0);
    }
    return this.#authentic - done;
  }

  /** Notes that the next `count` were {@link alike} and delivered. */
  pass(count: number): void {
    this.#done += count;
  }

  /**
   * Has the next one be a packet like any other: `packet`, at whose place it is put behind its own headers
   * or the leader's, and which is begun as `opening` says.
   */
  leave(opening: Opening, packet: Packet): void {
    const { octets } = packet.memory;
    const { at, stride, length } = this.#packets;
    const done = this.#done;
    const frontLength = this.#frontLength;
    const from = at + done * stride;
    const frontAt = this.#ownFrontLength > 0 ? from - frontLength : this.#frontAt;
    octets.copyWithin(packet.at, frontAt, frontAt + frontLength);
    octets.copyWithin(packet.at + frontLength, from, from + length);
    // Whether it is authentic is not known yet, and what is not must be seen by nobody (RFC 4106 §3.2).
    octets.fill(0, from, from + length);
    packet.length = frontLength + length;
    if (!readIp(opening.header, octets, packet.at, packet.length)) {
      throw new Error('Bug: the headers of a train are not those of its leader');
    }
    opening.leader = opening;
    opening.sa = this.#sa;
    opening.at = packet.at + frontLength;
    opening.length = length;
    opening.sequenceNumber = this.#sequenceNumber + done;
    opening.isAccepted = done < this.#accepted;
    opening.number = this.#number + done * this.#step;
    this.#done = done + 1;
  }
}
