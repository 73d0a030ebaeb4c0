/**
 * The data plane's unprotected interface on a Linux host: sockets for all that IPsec comes in.
 *
 *   IPv4, IPv6   ESP, AH, IPComp   raw sockets ──────┐
 *                IP in IP          raw sockets ──────┤
 *                ESP in UDP        UDP sockets ──────┼──► engine ──► marked raw sockets
 *                "too big" of ICMP raw sockets ──────┘
 *
 * A socket for each UDP port that SAs need comes and goes with them; IKE may share it, or have more opened. It is bound to their address,
 * which tells which of an SA's two ends is this host's. Sockets for plain IP in IP are there as long as
 * IPComp tunnels are.
 *
 * @module
 */
import { NONE_FOLLOWING, type UnprotectedInterface } from '../dataplane/interfaces.ts';
import { ALONE, type WorkerPlace } from '../dataplane/workers.ts';
import type { Instant } from '../ipsec/backend.ts';
import { DiscardTally } from '../ipsec/discard-reason.ts';
import type { Following } from '../ipsec/opening-train.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { Carriers, UdpEnd } from '../ipsec/sa-parameters.ts';
import { formatIpAddress } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { u8 } from '../octets/octets.ts';
import { BATCH_RECEIVE_LENGTH, openBatchReceiver } from './batch-receiver.ts';
import { BatchSender } from './batch-sender.ts';
import {
  type EspInUdpReceiver,
  openEspInUdp,
  type TakeIke,
  UDP_RECEIVE_LENGTH,
} from './esp-in-udp.ts';
import { libc, SystemError } from './libc.ts';
import { MessageReceiver } from './message-receiver.ts';
import { PathMtus } from './path-mtu.ts';
import type { PinnedMemory } from './pinned-memory.ts';
import { openRawReceiver, type PacketReceiver, RawSender } from './raw-ip.ts';
import type { Readiness } from './readiness.ts';
import { receiveShare } from './steering.ts';
import { openTooBigReceiver } from './too-big-receiver.ts';
import { Turns } from './turns.ts';

const PROTOCOLS = [IP_PROTOCOL.esp, IP_PROTOCOL.ah, IP_PROTOCOL.ipcomp];
const IP_IN_IP_PROTOCOLS = [IP_PROTOCOL.ipencap, IP_PROTOCOL.ipv6];
/** Octets of memory that sockets receive in, one after the other. */
export const RECEIVE_LENGTH: number = Math.max(UDP_RECEIVE_LENGTH, BATCH_RECEIVE_LENGTH);

export class NetworkSockets implements UnprotectedInterface {
  readonly #memory: PinnedMemory;
  readonly #place: number;
  readonly #message = new MessageReceiver();
  readonly #tally: DiscardTally;
  readonly #worker: WorkerPlace;
  readonly #pathMtus = new PathMtus();
  readonly #senders: Readonly<Record<4 | 6, RawSender>>;
  readonly #raw: readonly PacketReceiver[];
  readonly #tooBig: readonly PacketReceiver[];
  /** For IP in IP, by the outer version; none where nobody needs them. */
  readonly #ipInIp: Record<4 | 6, readonly PacketReceiver[]> = { 4: [], 6: [] };
  /** By address and port. */
  readonly #udp = new Map<string, EspInUdpReceiver>();
  readonly #takeIke: TakeIke;
  /** Those of SAs, and those that IKE shares: by address and port, too. */
  #udpEnds: readonly UdpEnd[] = [];
  #ikeEnds: ReadonlyMap<string, UdpEnd> = new Map();
  readonly #batch: BatchSender;
  #receivers: readonly PacketReceiver[];
  readonly #turns = new Turns();
  /** Whether there may be errors to receive. */
  #hasTooBig = true;

  /**
   * Opens the sockets; packets are received into `memory` and sent from it. {@link RECEIVE_LENGTH}
   * octets there at `place` are their own. What comes to ports that are {@link shareWithIke}d goes to
   * `takeIke`. One of several workers has its share of what comes, and counts what it discards in `tally`. Throws a
   * `RangeError` where those octets are not, for the kernel would write all the same.
   */
  constructor(
    memory: PinnedMemory,
    place: number,
    worker: WorkerPlace = ALONE,
    tally: DiscardTally = new DiscardTally(),
    takeIke: TakeIke = () => false,
  ) {
    if (place + RECEIVE_LENGTH > memory.octets.length) {
      throw new RangeError(`Cannot receive ${RECEIVE_LENGTH} octets at ${place}: no such memory`);
    }
    this.#takeIke = (local, remote, message) =>
      this.#ikeEnds.has(nameOf(local)) && takeIke(local, remote, message);
    this.#memory = memory;
    this.#place = place;
    this.#worker = worker;
    this.#tally = tally;
    this.#senders = { 4: new RawSender(4, memory), 6: new RawSender(6, memory) };
    this.#raw = ([4, 6] as const).flatMap((version) => this.#openRaw(version, PROTOCOLS));
    // Looked at between two packets of one message, of which nothing must be forgotten.
    const tooBig = new MessageReceiver();
    this.#tooBig = ([4, 6] as const).flatMap(
      (version) => openTooBigReceiver(version, memory, tooBig) ?? [],
    );
    this.#receivers = this.#raw;
    this.#turns.arrange(this.#receivers);
    const { 4: ipv4, 6: ipv6 } = this.#senders;
    this.#batch = new BatchSender(memory, { 4: ipv4.fd, 6: ipv6.fd }, (octets, addressAt, port) => {
      for (const receiver of this.#udp.values()) {
        if (receiver.isAt(octets, addressAt, port)) return receiver.fd;
      }
      return -1;
    });
  }

  /** The sockets to wait on; others after {@link listen}. */
  get descriptors(): readonly number[] {
    return [...this.#receivers, ...this.#tooBig].map(({ fd }) => fd);
  }

  /** Has those sockets alone be asked that `readiness` found something on. */
  heed(readiness: Readiness): void {
    this.#turns.heed(readiness);
    this.#hasTooBig = this.#tooBig.some(({ fd }) => readiness.found(fd));
  }

  receive(packet: Packet): boolean {
    return this.#turns.receive(packet);
  }

  get following(): Readonly<Following> {
    return this.#turns.current?.following ?? NONE_FOLLOWING;
  }

  passOver(count: number): void {
    this.#turns.passOver(count);
  }

  transmit(packet: Packet): boolean {
    const version = u8(packet.memory.octets, packet.at) >>> 4;
    return this.#senders[version === 4 ? 4 : 6].transmit(packet);
  }

  mostTogether(packet: Packet): number {
    return this.#batch.mostTogether(packet);
  }

  transmitAll(packets: readonly Packet[], count: number): number {
    return this.#batch.send(packets, count);
  }

  receiveTooBig(packet: Packet): boolean {
    this.#hasTooBig &&= this.#tooBig.some((receiver) => receiver.receive(packet));
    return this.#hasTooBig;
  }

  pathMtu(version: 4 | 6, octets: Uint8Array, destinationAt: number, now: Instant): number {
    return this.#pathMtus.towards(version, octets, destinationAt, now);
  }

  listen({ udpEnds, compressedTunnels }: Carriers): void {
    this.#udpEnds = udpEnds;
    this.#listenUdp();
    for (const version of [4, 6] as const) {
      this.#listenIpInIp(
        version,
        compressedTunnels.some(({ destination }) => destination.version === version),
      );
    }
    this.#arrange();
  }

  /**
   * Has the ports `ends` open, too, whatever SAs need, and IKE told what comes to them for it; no others
   * any more. Gives back those that could not be opened, each with the reason as a sentence.
   */
  shareWithIke(
    ends: readonly UdpEnd[],
  ): readonly { readonly end: UdpEnd; readonly reason: string }[] {
    this.#ikeEnds = new Map(ends.map((end) => [nameOf(end), end]));
    this.#closeUnwanted();
    const closed = ends.flatMap((end) => {
      const reason = this.#whyNotOpen(end);
      return reason === null ? [] : [{ end, reason }];
    });
    const failed = new Set(closed.map(({ end }) => nameOf(end)));
    this.#ikeEnds = new Map([...this.#ikeEnds].filter(([name]) => !failed.has(name)));
    this.#arrange();
    return closed;
  }

  #whyNotOpen(end: UdpEnd): string | null {
    try {
      const absent = `The host has no address ${formatIpAddress(end.address)} now`;
      return this.#openUdp(end) ? null : absent;
    } catch (error) {
      if (error instanceof SystemError) return error.message;
      throw error;
    }
  }

  /** After sockets came or went. */
  #arrange(): void {
    const { 4: ipv4, 6: ipv6 } = this.#ipInIp;
    this.#receivers = [...this.#raw, ...ipv4, ...ipv6, ...this.#udp.values()];
    this.#turns.arrange(this.#receivers);
  }

  #listenIpInIp(version: 4 | 6, isWanted: boolean): void {
    const open = this.#ipInIp[version];
    if (isWanted === open.length > 0) return;
    for (const { fd } of open) libc.close(fd);
    this.#ipInIp[version] = isWanted ? this.#openRaw(version, IP_IN_IP_PROTOCOLS) : [];
  }

  #openRaw(version: 4 | 6, protocols: readonly number[]): PacketReceiver[] {
    const receivers = protocols.flatMap(
      (protocol) =>
        (version === 4
          ? openBatchReceiver(protocol, this.#memory, this.#place)
          : openRawReceiver(version, protocol, this.#memory, this.#message)) ?? [],
    );
    for (const { fd } of receivers) receiveShare(fd, version, this.#worker);
    return receivers;
  }

  #listenUdp(): void {
    for (const end of [...this.#udpEnds, ...this.#ikeEnds.values()]) this.#openUdp(end);
    this.#closeUnwanted();
  }

  /** Opens a port, unless it is open; `false` when the address is not this host's. */
  #openUdp(end: UdpEnd): boolean {
    const name = nameOf(end);
    if (this.#udp.has(name)) return true;
    const [memory, place] = [this.#memory, this.#place];
    const receiver = openEspInUdp(
      end,
      memory,
      place,
      this.#message,
      this.#tally,
      this.#takeIke,
      this.#worker,
    );
    if (receiver !== null) this.#udp.set(name, receiver);
    return receiver !== null;
  }

  #closeUnwanted(): void {
    const wanted = new Set([...this.#udpEnds.map(nameOf), ...this.#ikeEnds.keys()]);
    for (const [name, { fd }] of this.#udp) {
      if (wanted.has(name)) continue;
      libc.close(fd);
      this.#udp.delete(name);
    }
  }

  isOwn(end: UdpEnd): boolean {
    return this.#udp.has(nameOf(end));
  }

  close(): void {
    for (const fd of this.descriptors) libc.close(fd);
    for (const sender of Object.values(this.#senders)) sender.close();
    this.#pathMtus.close();
  }
}

function nameOf({ address, port }: UdpEnd): string {
  return `${formatIpAddress(address)} ${port}`;
}
