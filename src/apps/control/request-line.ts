/**
 * Requests as lines.
 *
 * @module
 */
import type { RequestJson } from './protocol.ts';

/** The line for `request`, with its end. Throws when it would have more than `longest` octets. */
export function requestLine(request: RequestJson, longest: number): string {
  const text = textOf(request);
  if (text !== null && Buffer.byteLength(text) <= longest) return `${text}\n`;
  throw new Error(
    request.op === 'commit'
      ? `Cannot change so much at once: ${request.changes.length} changes take more than the ${longest} octets that ipseald reads; do it in several steps`
      : `Cannot ask ipseald: the request has more than ${longest} octets`,
  );
}

/** `null` where it is longer than a string can be. */
function textOf(request: RequestJson): string | null {
  try {
    return JSON.stringify(request);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
