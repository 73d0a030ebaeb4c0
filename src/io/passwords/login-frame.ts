/**
 * Logins on their way to the process that looks at passwords, one behind the other in a pipe:
 *
 *   u32 length of what follows | u32 number | u8 source | u16 length, user | u16 length, remote | password
 *
 * They are octets from end to end, so that they can be wiped.
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { setU8, setU16, setU32, u32 } from '../../octets/octets.ts';
import { Reader } from '../../octets/reader.ts';
import type { Login } from './verdict.ts';

/** Who knows the password. */
export type PasswordSource = 'system' | 'pam';

export interface LoginFrame {
  /** Joins question and answer. */
  readonly number: number;
  readonly source: PasswordSource;
  readonly login: Login;
}

/** The frame, length and all. */
export function emitLoginFrame({ number, source, login }: LoginFrame): Uint8Array {
  const [user, remote] = [Buffer.from(login.user), Buffer.from(login.remote)];
  const userAt = HEADER_LENGTH + 2;
  const remoteAt = userAt + user.length + 2;
  const passwordAt = remoteAt + remote.length;
  const frame = new Uint8Array(passwordAt + login.password.length);
  setU32(frame, LENGTH, frame.length - LENGTH_OF_LENGTH);
  setU32(frame, NUMBER, number);
  setU8(frame, SOURCE, SOURCES.indexOf(source));
  setU16(frame, userAt - 2, user.length);
  frame.set(user, userAt);
  setU16(frame, remoteAt - 2, remote.length);
  frame.set(remote, remoteAt);
  frame.set(login.password, passwordAt);
  return frame;
}

/** Reads what follows the length; the password is a view. */
export function parseLoginFrame(body: Uint8Array): Parsed<LoginFrame> {
  const reader = new Reader('login frame', body);
  const number = reader.u32();
  const source = SOURCES[reader.u8()];
  const user = Buffer.from(reader.take(reader.u16())).toString();
  const remote = Buffer.from(reader.take(reader.u16())).toString();
  const password = reader.rest();
  if (source === undefined) return new Malformed('login frame', 'its source is unknown');
  return reader.end({ number, source, login: { user, password, remote } });
}

/** Cuts a stream into the bodies of frames. What was cut is wiped once `take` has seen it. */
export class LoginFrames {
  #pending: Uint8Array = new Uint8Array(0);
  readonly #take: (body: Uint8Array) => void;

  constructor(take: (body: Uint8Array) => void) {
    this.#take = take;
  }

  /** More of the stream came; it is wiped. */
  add(octets: Uint8Array): void {
    const all = new Uint8Array(this.#pending.length + octets.length);
    all.set(this.#pending);
    all.set(octets, this.#pending.length);
    this.#pending.fill(0);
    octets.fill(0);
    let at = 0;
    for (;;) {
      const left = all.length - at;
      const length = left < LENGTH_OF_LENGTH ? left : LENGTH_OF_LENGTH + u32(all, at + LENGTH);
      if (left < LENGTH_OF_LENGTH || left < length) break;
      this.#take(all.subarray(at + LENGTH_OF_LENGTH, at + length));
      at += length;
    }
    this.#pending = all.slice(at);
    all.fill(0);
  }
}

const SOURCES: readonly PasswordSource[] = ['system', 'pam'];
const LENGTH = 0;
const LENGTH_OF_LENGTH = 4;
const NUMBER = 4;
const SOURCE = 8;
const HEADER_LENGTH = 9;
