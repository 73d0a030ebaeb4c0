/**
 * Lines from a stream, bounded.
 *
 * @module
 */

/**
 * The lines of `stream`, without their ends; what follows the last newline is no line. Throws
 * `RangeError` when a line exceeds `longest` octets.
 */
export async function* readLines(
  stream: AsyncIterable<Buffer>,
  longest: number,
): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      pieces.push(chunk.subarray(from, end));
      bound(length + end - from, longest);
      yield Buffer.concat(pieces).toString('utf8');
      pieces = [];
      length = 0;
      from = end + 1;
    }
    pieces.push(chunk.subarray(from));
    length += chunk.length - from;
    bound(length, longest);
  }
}

function bound(length: number, longest: number): void {
  if (length > longest) throw new RangeError(`Cannot read a line of over ${longest} octets`);
}
