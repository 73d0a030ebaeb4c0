/**
 * Where SAs have ESP come in UDP (RFC 3948), and how many of them each time.
 *
 * @module
 */
import { mix, mixAddress } from '../net/hash.ts';
import { addressStandsAt } from '../net/ip-address.ts';
import { addressBits } from '../net/prefix.ts';
import { type SaParameters, sameUdpEnd, type UdpEnd } from './sa-parameters.ts';

interface CountedEnd {
  readonly end: UdpEnd;
  sas: number;
}

export class UdpEnds {
  /** Those that share a hash. */
  readonly #byKey = new Map<number, CountedEnd[]>();

  /** Every place, once. */
  get all(): UdpEnd[] {
    return [...this.#byKey.values()].flatMap((counted) => counted.map(({ end }) => end));
  }

  /** Counts an SA, if it has ESP in UDP. */
  add(parameters: SaParameters): void {
    const end = udpEndOf(parameters);
    if (end === null) return;
    const key = keyOf(end);
    const there = this.#byKey.get(key);
    const known = there?.find((counted) => sameUdpEnd(counted.end, end));
    if (known !== undefined) known.sas += 1;
    else if (there === undefined) this.#byKey.set(key, [{ end, sas: 1 }]);
    else there.push({ end, sas: 1 });
  }

  /** Counts an SA no more. */
  remove(parameters: SaParameters): void {
    const end = udpEndOf(parameters);
    if (end === null) return;
    const key = keyOf(end);
    const there = this.#byKey.get(key) ?? [];
    const place = there.findIndex((counted) => sameUdpEnd(counted.end, end));
    const counted = there[place];
    if (counted === undefined) return;
    counted.sas -= 1;
    if (counted.sas > 0) return;
    there.splice(place, 1);
    if (there.length === 0) this.#byKey.delete(key);
  }

  /** Whether ESP comes to `port` of the address of `version` at `addressAt`. */
  has(version: 4 | 6, octets: Uint8Array, addressAt: number, port: number): boolean {
    const key = mixAddress(mix(0, port), version, octets, addressAt, addressBits(version));
    const there = this.#byKey.get(key);
    if (there === undefined) return false;
    for (const { end } of there) {
      if (
        end.port === port &&
        end.address.version === version &&
        addressStandsAt(end.address, octets, addressAt)
      ) {
        return true;
      }
    }
    return false;
  }
}

function udpEndOf({ destination, encapsulation }: SaParameters): UdpEnd | null {
  return encapsulation && { address: destination, port: encapsulation.destinationPort };
}

function keyOf({ address: { version, octets }, port }: UdpEnd): number {
  return mixAddress(mix(0, port), version, octets, 0, addressBits(version));
}
