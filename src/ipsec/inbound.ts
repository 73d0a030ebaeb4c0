/**
 * Inbound processing (RFC 4301 §5.2): from the packet on the wire to what this host may see.
 *
 *   packet ──► layers off (`unwrapping.ts`) ──► SPD: were they those that the policy asks for?
 *                                               (`admission.ts`)
 *
 * Packets that can be opened together are begun one after the other, and then finished in order.
 *
 * @module
 */
import { checkEsp, espSequenceNumber, espSpi } from '../wire/esp.ts';
import { copyIpHeader, readIp } from '../wire/ip.ts';
import { Admission, type InboundVerdict } from './admission.ts';
import type { Instant } from './backend.ts';
import type { Databases } from './databases.ts';
import { DeliveredFlow } from './delivered-flow.ts';
import { espLengthAt, isToUdpEnd, outermostEsp } from './esp-place.ts';
import { sameUpToSpi } from './likeness.ts';
import type { Opening } from './opening.ts';
import type { Opened, OpeningTrain } from './opening-train.ts';
import type { Packet } from './packet.ts';
import type { Sad } from './sad.ts';
import { TransportFlow } from './transport-flow.ts';
import { trafficClassOf } from './tunnel.ts';
import { Unwrapping } from './unwrapping.ts';

export class Inbound {
  readonly #sad: Sad;
  /** Of the packet at hand. */
  readonly #unwrapping: Unwrapping;
  readonly #admission: Admission;
  /** Of the memory of the batch. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** What was begun last without a leader; one of the same batch may follow it. */
  #leader: Opening | null = null;
  /** What was delivered last, and may be like what comes next. */
  readonly #tunnelFlow = new DeliveredFlow();
  readonly #transportFlow = new TransportFlow();
  /** That of the packet that was finished last, if it was delivered and is of one. */
  #flow: DeliveredFlow | TransportFlow | null = null;

  constructor(databases: Databases) {
    this.#sad = databases.sad;
    this.#unwrapping = new Unwrapping(databases.sad);
    this.#admission = new Admission(databases);
  }

  /** Takes the protection off `packet` in place and checks what is left against the SPD. */
  process(packet: Packet, now: Instant): InboundVerdict {
    this.#flow = null;
    this.#unwrapping.begin();
    return this.#noted(
      this.#unwrapping.readHeader(packet) ? this.#takeOffLayers(packet, now) : 'in-hdr-error',
    );
  }

  /**
   * Begins a batch: packets in `octets` that {@link begin} is called for, one after the other, and then
   * {@link finish}, any times over, with no change to SAD and SPD in between. What is alike in them is looked at
   * once, if they stay where they are.
   */
  startBatch(octets: Uint8Array): void {
    if (this.#view.buffer !== octets.buffer) {
      this.#view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    }
    this.#leader = null;
    this.#tunnelFlow.forget();
    this.#transportFlow.forget();
  }

  /**
   * Begins to process a packet of one sort, ESP of an algorithm that can be put off: `opening` keeps
   * what {@link finish} needs once the crypto provider has settled. `false` for all other packets,
   * which {@link process} takes; nothing happened to them.
   */
  begin(opening: Opening, packet: Packet, now: Instant): boolean {
    const follows = this.#followLeader(opening, packet);
    if (!follows && !this.#lead(opening, packet, now)) return false;
    const { sa, at, length } = opening;
    if (sa?.transform.protocol !== 'esp') return false;
    const sequenceNumber = sa.sequenceNumberOf(espSequenceNumber(packet.memory.octets, at));
    if (sequenceNumber < 0 || !sa.mayAccept(sequenceNumber)) return false;
    const number = sa.transform.esp.openLater(at, length);
    if (number < 0) return false;
    opening.sequenceNumber = sequenceNumber;
    opening.isAccepted = false;
    opening.number = number;
    if (!follows) this.#leader = opening;
    return true;
  }

  /** Finds out what `opening` says of a packet whose headers are not those of another. */
  #lead(opening: Opening, packet: Packet, now: Instant): boolean {
    const { octets } = packet.memory;
    const { header } = opening;
    this.#unwrapping.begin(header);
    if (!readIp(header, octets, packet.at, packet.length)) return false;
    const place = outermostEsp(this.#sad, octets, header);
    if (place < 0) return false;
    const length = espLengthAt(octets, header, place);
    if (checkEsp(octets, place, length) !== null) return false;
    const sa = this.#unwrapping.find('esp', espSpi(octets, place), octets);
    if (sa?.transform.protocol !== 'esp' || !sa.transform.esp.opensLater) return false;
    if (this.#unwrapping.unfitness(sa, octets, now) !== null) return false;
    opening.leader = opening;
    opening.sa = sa;
    opening.at = place;
    opening.length = length;
    return true;
  }

  /** Has `opening` say what the leader's does, if `packet` is like the leader's packet. */
  #followLeader(opening: Opening, packet: Packet): boolean {
    const leader = this.#leader;
    if (leader === null || packet.length < leader.header.totalLength) return false;
    const { version, at } = leader.header;
    if (!sameUpToSpi(this.#view, packet.at, at, version, leader.at - at)) return false;
    copyIpHeader(opening.header, leader.header, packet.at);
    opening.leader = leader;
    opening.sa = leader.sa;
    opening.at = leader.at + packet.at - at;
    opening.length = leader.length;
    return true;
  }

  /** Ends what {@link begin} began, as {@link process} does; `authentic` is the provider's word. */
  finish(opening: Opening, packet: Packet, authentic: boolean, now: Instant): InboundVerdict {
    this.#flow = null;
    // Its header becomes that of what is inside.
    this.#leader = null;
    this.#unwrapping.begin(opening.header, opening.sa);
    return this.#noted(this.#goOn(opening, packet, authentic, now));
  }

  #goOn(opening: Opening, packet: Packet, authentic: boolean, now: Instant): InboundVerdict {
    const { sa, at, length, sequenceNumber } = opening;
    const { octets } = packet.memory;
    if (sa?.transform.protocol !== 'esp') throw new Error('Bug: finished what was not begun');
    const { header } = opening;
    packet.length = header.totalLength;
    const { esp } = sa.transform;
    const failure = esp.opened(at, length, authentic);
    if (failure !== null) return failure;
    // One that came before it may have had its number, or the last of the SA's life. Only now, the ICV being
    // right, does the window move (RFC 4303 §3.4.3).
    if (!opening.isAccepted && !sa.accept(sequenceNumber)) return 'in-state-seq-error';
    if (sa.stateAt(now) === 'dead') return 'in-state-expired';
    const outer = trafficClassOf(octets, packet.at, header.version);
    if (this.#tunnelFlow.hasLike(this.#view, esp, sa, outer)) {
      this.#tunnelFlow.deliver(packet, esp, now);
      this.#flow = this.#tunnelFlow;
      return 'deliver';
    }
    if (this.#transportFlow.hasLike(opening, esp, octets)) {
      this.#transportFlow.deliver(packet, esp, this.#view, now);
      this.#flow = this.#transportFlow;
      return 'deliver';
    }
    const unwrapping = this.#unwrapping;
    const outcome = unwrapping.leaveOpened(packet, sa, esp, now);
    if (outcome !== 'off') return outcome === 'not-ours' ? this.#judge(packet, now) : outcome;
    const verdict = this.#takeOffLayers(packet, now);
    if (verdict !== 'deliver' || unwrapping.layers.depth !== 1) return verdict;
    if (isToUdpEnd(this.#sad, octets, header)) return verdict;
    const { entry } = this.#admission;
    if (unwrapping.isTunnelled) {
      this.#tunnelFlow.note(header, sa, entry, esp.nextHeader, outer);
      this.#flow = this.#tunnelFlow;
    } else {
      this.#transportFlow.note(opening, this.#view, octets, header, entry);
      this.#flow = this.#transportFlow;
    }
    return verdict;
  }

  /**
   * Those that come next of `train`, authentic and deciphered, to which the decision about the packet that was
   * finished last applies as far as they are of its flow: with the same addresses, protocol and ports
   * (RFC 4301 §5.2). Whoever gets them looks at that; {@link passAlike} is told how many are.
   */
  alike(train: OpeningTrain, now: Instant): Readonly<Opened> {
    const { sa } = train;
    const flow = this.#flow;
    if (flow === null || sa === null || !flow.isOf(sa) || sa.stateAt(now) === 'dead') {
      return train.alike(0, 0, 0);
    }
    return train.alike(flow.length, flow.missingLength, sa.uneventful(flow.length));
  }

  /** Counts the first `count` of what {@link alike} gave as delivered. */
  passAlike(train: OpeningTrain, count: number, now: Instant): void {
    train.pass(count);
    this.#flow?.use(count, now);
  }

  /** Has the SA at hand, if there is one, count what it was not content with. */
  #noted(verdict: InboundVerdict): InboundVerdict {
    if (verdict !== 'deliver') this.#unwrapping.atHand?.discard(verdict);
    return verdict;
  }

  /** Takes off the layers that there still are, and asks the SPD about what is left. */
  #takeOffLayers(packet: Packet, now: Instant): InboundVerdict {
    const outcome = this.#unwrapping.takeOffLayers(packet, now);
    return outcome === 'not-ours' ? this.#judge(packet, now) : outcome;
  }

  #judge(packet: Packet, now: Instant): InboundVerdict {
    const { header, layers } = this.#unwrapping;
    return this.#admission.judge(packet, header, layers, now);
  }
}
