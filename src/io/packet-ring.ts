/**
 * Packets of an interface, or of all, as they pass: a packet socket with a ring of blocks that the
 * kernel fills and we read where they are (packet(7), TPACKET_V3).
 *
 *   block header                      48 octets, then packets: `ring-packet.ts`
 *     8  status   who owns the block
 *    12  number of packets
 *    16  offset of the first
 *
 * @module
 */
import koffi from 'koffi';
import { hostU32, setHostU16, setHostU32 } from '../octets/host.ts';
import type { CapturedPacket } from '../wire/captured-packet.ts';
import { LINK_TYPE_OF } from '../wire/pcap.ts';
import { VLAN_TAG_LENGTH } from '../wire/vlan.ts';
import type { CaptureSource } from './capture-source.ts';
import { LINUX, libc, SystemError, succeed } from './libc.ts';
import { ARPHRD, type NetworkInterface } from './network-interfaces.ts';
import {
  attachFilter,
  bindPacketSocket,
  PACKET,
  SOL_PACKET,
  setPacketOption,
} from './packet-socket.ts';
import { isWanted, lengthInRing, ringPacket, type WantedDirection } from './ring-packet.ts';
import { closeBell, newBell, ring, Waiter } from './wait.ts';

const BLOCK_LENGTH = 1 << 20;
const BLOCK_STATUS = 8;
const BLOCK_COUNT = 12;
const BLOCK_FIRST = 16;
const OWNED_BY_KERNEL = 0;
const OWNED_BY_US = 1;

const TPACKET_V3 = 2;
/** `struct tpacket_req3`, seven numbers. */
const REQUEST_LENGTH = 28;
/** The kernel wants one that divides the block; in this version frames have any length. */
const FRAME_LENGTH = 2048;
/** After so long the kernel hands over a block that is not full. */
const BLOCK_TIMEOUT_MS = 50;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
/** `struct tpacket_stats_v3`: packets, dropped, and how often the ring was full. */
const STATISTICS_LENGTH = 12;

/** What is to be captured. */
export interface RingOptions {
  /** `null`: all interfaces. */
  readonly device: NetworkInterface | null;
  readonly promiscuous: boolean;
  readonly direction: WantedDirection;
  /** The ring's length, in KiB; rounded up to whole blocks. */
  readonly bufferKib: number;
  /** The octets kept of a packet. */
  readonly snapLength: number;
  /**
   * What the kernel is to let pass of packets that begin as told: instructions of
   * `struct sock_filter`; `null`: everything.
   */
  readonly filterFor: (linkType: number) => Uint8Array | null;
}

/** What the kernel counted. */
export interface RingCounts {
  /** That passed the filter, those dropped included. */
  readonly received: number;
  /** For which there was no room. */
  readonly dropped: number;
}

export class PacketRing implements CaptureSource {
  readonly name: string;
  readonly linkType: number;
  readonly #fd: number;
  readonly #octets: Uint8Array;
  readonly #status: Int32Array;
  readonly #direction: WantedDirection;
  readonly #bell = newBell();
  #counts: RingCounts = { received: 0, dropped: 0 };
  #stopped = false;

  /** Opens a ring and begins to capture. Throws a `SystemError`. */
  constructor(options: RingOptions) {
    const { device, direction } = options;
    this.name = device?.name ?? 'any';
    this.linkType = linkTypeOf(device);
    this.#direction = direction;
    const kind = this.linkType === LINK_TYPE_OF.LINUX_SLL2 ? LINUX.SOCK_DGRAM : LINUX.SOCK_RAW;
    const type = kind | LINUX.SOCK_NONBLOCK | LINUX.SOCK_CLOEXEC;
    this.#fd = succeed(
      libc.socket(LINUX.AF_PACKET, type, 0),
      'capture packets, which takes CAP_NET_RAW',
    );
    try {
      this.#octets = makeRing(this.#fd, Math.ceil(options.bufferKib / (BLOCK_LENGTH >> 10)));
      this.#status = new Int32Array(this.#octets.buffer);
      attachFilter(this.#fd, options.filterFor(this.linkType), options.snapLength);
      if (direction === 'in' || device?.hardwareType === ARPHRD.LOOPBACK) ignoreOutgoing(this.#fd);
      bindPacketSocket(this.#fd, device?.index ?? 0, this.name);
      if (device !== null && options.promiscuous) makePromiscuous(this.#fd, device.index);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Ends with a `SystemError` when the interface goes away. */
  async *batches(): AsyncGenerator<Iterable<CapturedPacket>> {
    const waiter = new Waiter([this.#fd, this.#bell]);
    let block = 0;
    while (!this.#stopped) {
      const status = (block + BLOCK_STATUS) >> 2;
      if ((Atomics.load(this.#status, status) & OWNED_BY_US) === 0) {
        await waiter.waitAside();
        this.#checkSocket();
        continue;
      }
      yield this.#packetsOf(block);
      Atomics.store(this.#status, status, OWNED_BY_KERNEL);
      block = (block + BLOCK_LENGTH) % this.#octets.length;
    }
  }

  stop(): void {
    this.#stopped = true;
    ring(this.#bell);
  }

  /** What the kernel counted since the beginning. */
  counts(): RingCounts {
    const octets = new Uint8Array(STATISTICS_LENGTH);
    const length = new Uint8Array(4);
    setHostU32(length, 0, STATISTICS_LENGTH);
    // The kernel begins again from nothing whenever it has told.
    if (libc.getsockopt(this.#fd, SOL_PACKET, PACKET.STATISTICS, octets, length) === 0) {
      const { received, dropped } = this.#counts;
      this.#counts = {
        received: received + hostU32(octets, 0),
        dropped: dropped + hostU32(octets, 4),
      };
    }
    return this.#counts;
  }

  /** Stays mapped until the process ends: whoever still has a packet may look at it. */
  close(): void {
    libc.close(this.#fd);
    closeBell(this.#bell);
  }

  *#packetsOf(block: number): Generator<CapturedPacket> {
    const octets = this.#octets;
    let at = block + hostU32(octets, block + BLOCK_FIRST);
    for (let left = hostU32(octets, block + BLOCK_COUNT); left > 0; left--) {
      if (isWanted(octets, at, this.#direction)) yield ringPacket(octets, at, this.linkType);
      at += lengthInRing(octets, at);
    }
  }

  #checkSocket(): void {
    const error = new Uint8Array(4);
    const length = new Uint8Array(4);
    setHostU32(length, 0, 4);
    libc.getsockopt(this.#fd, LINUX.SOL_SOCKET, LINUX.SO_ERROR, error, length);
    const number = hostU32(error, 0);
    if (number !== 0) throw new SystemError(`go on capturing on ${this.name}`, number);
  }
}

/** What packets of `device` begin with. */
function linkTypeOf(device: NetworkInterface | null): number {
  switch (device?.hardwareType) {
    case ARPHRD.ETHER:
    case ARPHRD.LOOPBACK:
      return LINK_TYPE_OF.ETHERNET;
    case ARPHRD.NONE:
    case ARPHRD.RAWIP:
    case ARPHRD.TUNNEL:
    case ARPHRD.TUNNEL6:
    case ARPHRD.SIT:
      return LINK_TYPE_OF.RAW;
    default:
      return LINK_TYPE_OF.LINUX_SLL2;
  }
}

/** The memory of a ring of `blocks` blocks. */
function makeRing(fd: number, blocks: number): Uint8Array {
  setPacketOption(fd, PACKET.VERSION, TPACKET_V3, 'have a ring of packets');
  setPacketOption(fd, PACKET.RESERVE, VLAN_TAG_LENGTH, 'have room before packets');
  const request = new Uint8Array(REQUEST_LENGTH);
  const length = blocks * BLOCK_LENGTH;
  const numbers = [BLOCK_LENGTH, blocks, FRAME_LENGTH, length / FRAME_LENGTH, BLOCK_TIMEOUT_MS];
  for (const [place, number] of numbers.entries()) setHostU32(request, place * 4, number);
  succeed(
    libc.setsockopt(fd, SOL_PACKET, PACKET.RX_RING, request, REQUEST_LENGTH),
    `have a ring of ${blocks} MiB for packets`,
  );
  const address = libc.mmap(0, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  // (void *)-1 is no number that an address could be.
  if (Number(address) > Number.MAX_SAFE_INTEGER) succeed(-1, 'map the ring of packets');
  return new Uint8Array(koffi.view(address, length));
}

/** Spares the ring what would be passed over anyway; kernels before 4.20 cannot. */
function ignoreOutgoing(fd: number): void {
  const one = new Uint8Array(4);
  setHostU32(one, 0, 1);
  libc.setsockopt(fd, SOL_PACKET, PACKET.IGNORE_OUTGOING, one, one.length);
}

function makePromiscuous(fd: number, index: number): void {
  const PACKET_MR_PROMISC = 1;
  const request = new Uint8Array(16);
  setHostU32(request, 0, index);
  setHostU16(request, 4, PACKET_MR_PROMISC);
  succeed(
    libc.setsockopt(fd, SOL_PACKET, PACKET.ADD_MEMBERSHIP, request, request.length),
    'put the interface into promiscuous mode',
  );
}
