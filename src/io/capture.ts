/**
 * Packets of an interface as they pass, and frames of our own put on its wire (packet(7)).
 *
 * @module
 */
import { hostU32, LITTLE_ENDIAN, setHostU32 } from '../octets/host.ts';
import { LINUX, libc, succeed } from './libc.ts';
import { bindPacketSocket } from './packet-socket.ts';

const LONGEST_FRAME = 1 << 16;
const RECEIVE_BUFFER_LENGTH = 8 << 20;
/** `struct timeval` of two 64-bit numbers. */
const SIOCGSTAMP = 0x8906;
const TIMEVAL_LENGTH = 16;

/** A frame as the kernel saw it. */
export interface CapturedFrame {
  /** Milliseconds since the epoch, with fractions. */
  readonly at: number;
  /** From the link-layer header on. */
  readonly octets: Uint8Array;
}

export class Capture {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(new ArrayBuffer(LONGEST_FRAME));

  /** Opens a capture of all frames on the interface with index `index`. Throws a `SystemError`. */
  constructor(index: number) {
    const type = LINUX.SOCK_RAW | LINUX.SOCK_NONBLOCK | LINUX.SOCK_CLOEXEC;
    this.#fd = succeed(libc.socket(LINUX.AF_PACKET, type, 0), 'open a packet socket');
    const size = new Uint8Array(4);
    setHostU32(size, 0, RECEIVE_BUFFER_LENGTH);
    libc.setsockopt(this.#fd, LINUX.SOL_SOCKET, LINUX.SO_RCVBUFFORCE, size, size.length);
    try {
      bindPacketSocket(this.#fd, index, `interface ${index}`);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The frames since the last call, oldest first. */
  take(): CapturedFrame[] {
    const frames: CapturedFrame[] = [];
    for (;;) {
      const length = libc.recvInto(this.#fd, this.#buffer, LONGEST_FRAME, LINUX.MSG_DONTWAIT);
      if (length <= 0) return frames;
      frames.push({ at: this.#lastStamp(), octets: this.#buffer.slice(0, length) });
    }
  }

  /** Sends a frame out of the interface. */
  inject(frame: Uint8Array): void {
    succeed(libc.send(this.#fd, frame, frame.length, 0), 'put a frame on the wire');
  }

  close(): void {
    libc.close(this.#fd);
  }

  #lastStamp(): number {
    const time = new Uint8Array(TIMEVAL_LENGTH);
    libc.ioctl(this.#fd, SIOCGSTAMP, time);
    const seconds = hostU32(time, LITTLE_ENDIAN ? 0 : 4);
    return seconds * 1000 + hostU32(time, LITTLE_ENDIAN ? 8 : 12) / 1000;
  }
}
