/**
 * The TUN device: the data plane's protected interface on a Linux host (linux/if_tun.h).
 *
 * @module
 */
import { Coalescing } from '../dataplane/coalescing.ts';
import type { ProtectedInterface } from '../dataplane/interfaces.ts';
import { ALONE, type WorkerPlace } from '../dataplane/workers.ts';
import type { DiscardTally } from '../ipsec/discard-reason.ts';
import type { Opened } from '../ipsec/opening-train.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { newAddress } from '../netlink/host-address.ts';
import { configureLink, linkUp } from '../netlink/link.ts';
import { setHostU16 } from '../octets/host.ts';
import { noOffload, type Offload, readVirtioNet, VIRTIO_NET_LENGTH } from '../wire/virtio-net.ts';
import { errno, LINUX, libc, SystemError, succeed } from './libc.ts';
import { NETLINK, NetlinkSocket } from './netlink-socket.ts';
import type { PinnedMemory } from './pinned-memory.ts';
import type { Readiness } from './readiness.ts';

const DEVICE = '/dev/net/tun';
const TUNSETIFF = 0x400454ca;
const IFF_TUN = 0x0001;
/** Nothing before the IP header, ... */
const IFF_NO_PI = 0x1000;
/** ... but what was left to be done on the packet (`virtio-net.ts`). */
const IFF_VNET_HDR = 0x4000;
/** There is no such device yet; else EBUSY. */
const IFF_TUN_EXCL = 0x8000;
/** The device has several queues, and this is one of them. */
const IFF_MULTI_QUEUE = 0x0100;
const TUNSETOFFLOAD = 0x400454d0;
/** What the host may leave: checksums, cutting TCP, and where the kernel knows of it, cutting UDP. */
const TUN_F_CSUM_TSO = 0x01 | 0x02 | 0x04;
const TUN_F_USO = 0x20 | 0x40;
/** `struct ifreq`: the name, then the flags. */
const IFREQ_FLAGS = 16;
const IFREQ_LENGTH = 40;
const EBUSY = 16;
const EINVAL = 22;
/** RFC 7600 §4.8: belongs to no host. */
const DUMMY_ADDRESS: IpAddress = { version: 4, octets: Uint8Array.of(192, 0, 0, 8) };

export class Tun implements ProtectedInterface {
  readonly fd: number;
  readonly index: number;
  readonly offload: Offload = noOffload();
  readonly #memory: PinnedMemory;
  readonly #mtu: number;
  readonly #coalescing: Coalescing;
  #hasPackets = true;

  /**
   * Makes the device `name`, brings it up with an MTU of `mtu` octets, and reads packets into
   * `memory`, where {@link COALESCING_LENGTH} octets at `place` are its own. The device goes when
   * {@link close} is called or the process ends. Packets that the host does not take are counted in `tally`. Of
   * several workers the first makes it, and each has a queue.
   * Throws a `SystemError`.
   */
  constructor(
    name: string,
    mtu: number,
    memory: PinnedMemory,
    place: number,
    tally: DiscardTally,
    { number, count }: WorkerPlace = ALONE,
  ) {
    this.#memory = memory;
    this.#mtu = mtu;
    this.#coalescing = new Coalescing(memory.octets, place, (at, length, packets) => {
      const written = libc.write(this.fd, memory.address + at, length);
      this.#hasPackets = true;
      for (let k = written < 0 ? packets : 0; k > 0; k--) tally.count('in-deliver-error');
    });
    this.fd = succeed(
      libc.open(DEVICE, LINUX.O_RDWR | LINUX.O_NONBLOCK | LINUX.O_CLOEXEC),
      `open ${DEVICE}`,
    );
    const request = new Uint8Array(IFREQ_LENGTH);
    request.set(new TextEncoder().encode(name));
    const isFirst = number === 0;
    // Another process could have queues of the same device.
    const alone = isFirst ? IFF_TUN_EXCL : 0;
    const queues = count > 1 ? IFF_MULTI_QUEUE | alone : 0;
    setHostU16(request, IFREQ_FLAGS, IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | queues);
    if (libc.ioctl(this.fd, TUNSETIFF, request) < 0) {
      const reason = errno();
      libc.close(this.fd);
      throw new SystemError(`make the TUN device ${name}`, reason, explanationOf(reason, name));
    }
    this.index = libc.if_nametoindex(name);
    // A kernel without either hands over whole packets.
    const cutsUdp = libc.ioctlWith(this.fd, TUNSETOFFLOAD, TUN_F_CSUM_TSO | TUN_F_USO) >= 0;
    if (!cutsUdp) libc.ioctlWith(this.fd, TUNSETOFFLOAD, TUN_F_CSUM_TSO);
    // One that leaves UDP to be cut can cut it, too.
    this.#coalescing.takesUdp = cutsUdp;
    try {
      if (isFirst) this.#configure(name);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Has {@link receive} look only if `readiness` found something, or something was delivered since. */
  heed(readiness: Readiness): void {
    this.#hasPackets = readiness.found(this.fd);
  }

  receive(packet: Packet): boolean {
    if (!this.#hasPackets) return false;
    const at = packet.at - VIRTIO_NET_LENGTH;
    const length = libc.read(this.fd, this.#memory.address + at, VIRTIO_NET_LENGTH + this.#mtu);
    if (length <= VIRTIO_NET_LENGTH) return false;
    readVirtioNet(this.offload, this.#memory.octets, at);
    packet.length = length - VIRTIO_NET_LENGTH;
    return true;
  }

  deliver(packet: Packet): void {
    this.#coalescing.take(packet.at, packet.length);
  }

  deliverTrain(train: Readonly<Opened>): number {
    return this.#coalescing.takeTrain(train);
  }

  flush(): void {
    this.#coalescing.flush();
  }

  close(): void {
    libc.close(this.fd);
  }

  /**
   * What comes in has the peers' addresses as sources, to which the main routing table knows another
   * way: the reverse path filter must be loose. That takes an address on the device, any address
   * (without one the kernel's filter refuses all): the IPv4 dummy address serves.
   */
  #configure(name: string): void {
    const route = new NetlinkSocket(NETLINK.ROUTE);
    try {
      route.request(configureLink(this.index, 'loose'), `configure ${name}`);
      route.request(newAddress(this.index, DUMMY_ADDRESS, 32, 'host'), `give ${name} an address`);
      route.request(linkUp(this.index, this.#mtu), `bring ${name} up`);
    } finally {
      route.close();
    }
  }
}

/** Why there can be no device of that name, where more can be said than the error does. */
function explanationOf(reason: number, name: string): string | null {
  if (reason === EBUSY) return 'another process has it: is ipseald running?';
  // Linux has no other objection to these flags.
  const isThere = reason === EINVAL && libc.if_nametoindex(name) !== 0;
  return isThere ? 'there is one, with more queues or fewer: is ipseald running?' : null;
}
