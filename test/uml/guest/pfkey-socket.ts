/**
 * A PF_KEY socket: what Linux's own af_key says, to hold our messages against.
 *
 * @module
 */
import { LINUX, libc, succeed } from '../../../src/io/libc.ts';
import { setHostU32 } from '../../../src/octets/host.ts';
import { Malformed } from '../../../src/octets/malformed.ts';
import { emitSadbMessage, parseSadbMessage, type SadbMessage } from '../../../src/pfkey/message.ts';

const PF_KEY = 15;
const PF_KEY_V2 = 2;
const ANSWER_WAIT_S = 20;
const RECEIVE_LENGTH = 1 << 16;

/** A message as it came and as we read it. */
export interface Heard {
  readonly octets: Uint8Array;
  readonly message: SadbMessage;
}

export class PfKeySocket {
  readonly #fd: number;

  constructor() {
    const type = LINUX.SOCK_RAW | LINUX.SOCK_CLOEXEC;
    this.#fd = succeed(libc.socket(PF_KEY, type, PF_KEY_V2), 'open a PF_KEY socket');
    const wait = new Uint8Array(16);
    setHostU32(wait, 0, ANSWER_WAIT_S);
    libc.setsockopt(this.#fd, LINUX.SOL_SOCKET, LINUX.SO_RCVTIMEO, wait, wait.length);
  }

  send(message: SadbMessage): void {
    const octets = emitSadbMessage(message);
    succeed(libc.send(this.#fd, octets, octets.length, 0), 'send a PF_KEY message');
  }

  /** The next message of `type`; those before it are dropped. Waits {@link ANSWER_WAIT_S} at most. */
  hear(type: number): Heard {
    for (;;) {
      const heard = this.#receive(0);
      if (heard === null) throw new Error(`Cannot hear a PF_KEY message of type ${type}`);
      if (heard.message.type === type) return heard;
    }
  }

  /** All that has arrived. */
  hearAll(): Heard[] {
    const all: Heard[] = [];
    for (;;) {
      const heard = this.#receive(LINUX.MSG_DONTWAIT);
      if (heard === null) return all;
      all.push(heard);
    }
  }

  close(): void {
    libc.close(this.#fd);
  }

  #receive(flags: number): Heard | null {
    const buffer = new Uint8Array(RECEIVE_LENGTH);
    const length = libc.recvInto(this.#fd, buffer, buffer.length, flags);
    if (length < 0) return null;
    const octets = buffer.slice(0, length);
    const message = parseSadbMessage(octets);
    if (message instanceof Malformed)
      throw new Error(`${message} ${Buffer.from(octets).toString('hex')}`);
    return { octets, message };
  }
}
