/**
 * The numbers of the entries of a dump: counted from 1, but Linux gives the last the number 0.
 *
 * @module
 */

/** Each of `records` with its number; one is held back, to know whether it is the last. */
export async function* numbered<T>(
  records: AsyncIterable<T>,
): AsyncGenerator<{ readonly record: T; readonly sequence: number }> {
  let held: { readonly record: T } | null = null;
  let sequence = 0;
  for await (const record of records) {
    sequence += 1;
    if (held !== null) yield { record: held.record, sequence: sequence - 1 };
    held = { record };
  }
  if (held !== null) yield { record: held.record, sequence: 0 };
}
