/**
 * Printing much: no more waits in memory than the reader is behind by one chunk.
 *
 * @module
 */
import type { Writable } from 'node:stream';

/** In UTF-16 code units; what a pipe holds on Linux. */
const CHUNK_LENGTH = 1 << 16;

/**
 * Writes `pieces` to `stream` one after the other, and makes the next only when the stream takes
 * more. Resolves when all are handed over, or the stream is gone.
 */
export async function printPieces(
  stream: Writable,
  pieces: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  let chunk = '';
  for await (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK_LENGTH) continue;
    if (!stream.write(chunk)) await drained(stream);
    if (stream.destroyed) return;
    chunk = '';
  }
  if (chunk !== '' && !stream.write(chunk)) await drained(stream);
}

/** Resolves when `stream` takes more, or is gone. */
function drained(stream: Writable): Promise<void> {
  if (stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = () => {
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle);
  });
}
