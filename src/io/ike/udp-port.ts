/**
 * A UDP socket of IKE, on one port of one address: so messages leave from where the peer sent its own
 * to, and come from where we say.
 *
 * Node's own sockets cannot be given the options that are needed before they are bound. So the socket
 * is made by system calls, and Node adopts the descriptor.
 *
 * @module
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import os from 'node:os';
import type { ListenAddress } from '../../ike/configuration.ts';
import type { Path, UdpAddress } from '../../ike/path.ts';
import type { TakeMessage } from '../../ike/ports.ts';
import { formatIpAddress, parseIpAddress } from '../../net/ip-address.ts';
import { ikeMessageIn, withNonEspMarker } from '../../wire/esp-in-udp.ts';
import { openIpSocket, setSocketOption, socketAddress } from '../ip-socket.ts';
import { errno, LINUX, libc, SystemError } from '../libc.ts';

const { EADDRINUSE } = os.constants.errno;

/** Lets what goes through the socket `fd` past the policies of this host. Throws a `SystemError`. */
export type Exempt = (fd: number, port: ListenAddress) => void;

export class UdpPort {
  readonly #port: ListenAddress;
  readonly #socket: Socket;

  private constructor(port: ListenAddress, socket: Socket) {
    this.#port = port;
    this.#socket = socket;
  }

  /** Opens `port`; messages go to `take`. Throws a `SystemError`. */
  static open(port: ListenAddress, exempt: Exempt, take: TakeMessage): UdpPort {
    const fd = openBound(port, exempt);
    const { version } = port.address;
    const type = version === 4 ? 'udp4' : 'udp6';
    // Who is sent to has an address: there is no name to be looked up, nor to be waited for.
    const socket = createSocket({ type, lookup: (host, _, heed) => heed(null, host, version) });
    const opened = new UdpPort(port, socket);
    socket.on('message', (datagram, from) => opened.#receive(datagram, from, take));
    // What the network has to say about one datagram or another is not the socket's end.
    socket.on('error', () => undefined);
    socket.bind({ fd });
    // Node has other programs share the port, if they ask for it: those of any user.
    setSocketOption(fd, LINUX.SOL_SOCKET, LINUX.SO_REUSEADDR, 0);
    return opened;
  }

  /** Sends a message; one that cannot be sent is lost. */
  send(to: UdpAddress, message: Uint8Array): void {
    const datagram = this.#port.natTraversal ? withNonEspMarker(message) : message;
    this.#socket.send(datagram, to.port, formatIpAddress(to.address), () => undefined);
  }

  close(): void {
    this.#socket.close();
  }

  #receive({ buffer, byteOffset, length }: Buffer, from: RemoteInfo, take: TakeMessage): void {
    const datagram = new Uint8Array(buffer, byteOffset, length);
    // What is left is ESP that nobody took, and keepalives (RFC 3948 §2.3).
    const message = this.#port.natTraversal ? ikeMessageIn(datagram) : datagram;
    const address = parseIpAddress(from.address);
    if (message === null || address === undefined) return;
    const path: Path = { local: this.#port, remote: { address, port: from.port } };
    take(path, message);
  }
}

function openBound(port: ListenAddress, exempt: Exempt): number {
  const { address } = port;
  const doing = `listen at UDP port ${port.port} of ${formatIpAddress(address)}`;
  const fd = openIpSocket(address.version, LINUX.SOCK_DGRAM, 0, doing);
  if (fd === null) throw new SystemError(doing, os.constants.errno.EAFNOSUPPORT);
  try {
    // Routers may cut what is too large for the way: no certificate is lost for that.
    if (address.version === 4) {
      setSocketOption(fd, LINUX.IPPROTO_IP, LINUX.IP_MTU_DISCOVER, LINUX.IP_PMTUDISC_DONT);
    }
    exempt(fd, port);
    const name = socketAddress(address, port.port);
    if (libc.bind(fd, name, name.length) < 0) {
      const reason = errno();
      const taken = 'another program has the port, maybe an IKE daemon';
      throw new SystemError(doing, reason, reason === EADDRINUSE ? taken : null);
    }
    return fd;
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}
