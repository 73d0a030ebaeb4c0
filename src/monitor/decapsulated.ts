/**
 * Packets that came out of tunnels, and may be seen once more: a Linux that takes a packet out of its
 * tunnel shows it again to whoever captures, on the interface that it came by, now in the clear.
 *
 * Each explains one such sight. Of a packet that was sent in the clear as well, there is one sight more.
 *
 * @module
 */
import { u8 } from '../octets/octets.ts';

/** Implementation constant: how many are expected at most; the kernel may take out some hundred at a time. */
const MOST_EXPECTED = 1024;

export class Decapsulated {
  readonly #expected: (Uint8Array | null)[] = new Array(MOST_EXPECTED).fill(null);
  #next = 0;

  /** Takes note of the IP packet of `length` octets at `at`, which came out of a tunnel. */
  expect(octets: Uint8Array, at: number, length: number): void {
    this.#expected[this.#next] = octets.slice(at, at + length);
    this.#next = (this.#next + 1) % MOST_EXPECTED;
  }

  /** Whether the IP packet of `length` octets at `at` was expected; it is no longer. */
  explains(octets: Uint8Array, at: number, length: number): boolean {
    const place = this.#expected.findIndex(
      (packet) => packet?.length === length && isSame(packet, octets, at),
    );
    if (place < 0) return false;
    this.#expected[place] = null;
    return true;
  }
}

/** Whether `packet` stands at `at`; but for congestion marks, which the outer header had (RFC 6040). */
function isSame(packet: Uint8Array, octets: Uint8Array, at: number): boolean {
  const marks = u8(packet, 0) >>> 4 === 4 ? IPV4_MARKS : IPV6_MARKS;
  for (let k = 0; k < packet.length; k++) {
    if (u8(packet, k) !== u8(octets, at + k) && !marks.includes(k)) return false;
  }
  return true;
}

/** Type of service, and the checksum. */
const IPV4_MARKS: readonly number[] = [1, 10, 11];
/** The second half of the traffic class. */
const IPV6_MARKS: readonly number[] = [1];
