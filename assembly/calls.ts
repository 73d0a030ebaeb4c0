/**
 * Lists of foreign calls (`io/foreign-calls.ts`) for packets of a train: what the calls for two packets differ
 * in, those for the next differ in again.
 *
 * @module
 */

/**
 * Adds at `to` the calls for `times` more packets: `length` octets for each, a multiple of 16. Those for the
 * two packets before stand in front of them.
 */
export function goOn(to: usize, length: i32, times: i32): void {
  const end = to + length * times;
  for (let at = to; at < end; at += 16) {
    const last = v128.load(at - length);
    const before = v128.load(at - 2 * length);
    v128.store(at, i64x2.sub(i64x2.add(last, last), before));
  }
}

/**
 * Writes the nonces of `times` more packets at `to`, `step` octets from one to the next: the salt of the one
 * before, `saltLength` octets, and the 8 octets of the packet's IV. IVs stand at `ivAt`, `stride` octets apart.
 */
export function nonces(
  to: usize,
  step: i32,
  times: i32,
  saltLength: i32,
  ivAt: usize,
  stride: i32,
): void {
  for (let k = 0; k < times; k++) {
    const at = to + k * step;
    store<u32>(at, load<u32>(at - step));
    store<u64>(at + saltLength, load<u64>(ivAt + k * stride));
  }
}
