/**
 * What surrounds the payloads of a train of ESP packets (RFC 4303 §2), and what stands in front of it.
 *
 * @module
 */
import {
  ESP_HEADER_LENGTH,
  ESP_SEQUENCE_NUMBER,
  ESP_TRAILER_LENGTH,
  IPV4_CHECKSUM,
  IPV4_IDENTIFICATION,
} from './headers';
import { copyWords, put16, put32 } from './octets';
import { checksumOf } from './sums';

/**
 * Puts headers and trailers around `count` payloads of `length` octets at `at`, `stride` octets from one to
 * the next: those of SA `spi`, from `sequenceNumber` on. There are `ivLength` octets between header and
 * payload; with its trailer, each payload has `paddedLength`.
 */
export function enclose(
  at: usize,
  stride: i32,
  count: i32,
  length: i32,
  ivLength: i32,
  paddedLength: i32,
  spi: u32,
  sequenceNumber: u32,
  nextHeader: i32,
): void {
  const padLength = paddedLength - length - ESP_TRAILER_LENGTH;
  for (let k = 0; k < count; k++) {
    const payload = at + k * stride;
    const header = payload - ivLength - ESP_HEADER_LENGTH;
    put32(header, spi);
    put32(header + ESP_SEQUENCE_NUMBER, sequenceNumber + k);
    // Padding is 1, 2, 3, ... (§2.4)
    let octet = payload + length;
    for (let pad = 1; pad <= padLength; pad++) store<u8>(octet++, pad);
    store<u8>(octet, padLength);
    store<u8>(octet, nextHeader, 1);
  }
}

/** Writes `count` IVs of 8 octets at `at`, `stride` octets apart: numbers from `high`, `low` on. */
export function countIvs(at: usize, stride: i32, count: i32, high: u32, low: u32): void {
  let number = ((<u64>high) << 32) | low;
  for (let k = 0; k < count; k++) store<u64>(at + k * stride, bswap<u64>(number++));
}

/**
 * Copies the `length` octets of headers at `from` to the beginning of each of `count` packets at `at`, `stride`
 * octets from one to the next. In IPv4 they are numbered from `identification` on, 1 coming after 0xffff, and
 * `sum` is over what else they say.
 */
export function front(
  at: usize,
  stride: i32,
  count: i32,
  from: usize,
  length: i32,
  identification: i32,
  sum: i32,
): void {
  const isIpv4 = load<u8>(from) >> 4 === 4;
  for (let k = 0; k < count; k++) {
    const header = at + k * stride;
    copyWords(header, from, length);
    if (!isIpv4) continue;
    const next = identification + k;
    const number = next > 0xffff ? next - 0xffff : next;
    put16(header + IPV4_IDENTIFICATION, number);
    put16(header + IPV4_CHECKSUM, checksumOf(<i64>sum + number));
  }
}
