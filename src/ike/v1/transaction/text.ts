/**
 * Texts in attributes: UTF-8 by custom, of anybody's making. Some senders put a zero behind them.
 *
 * @module
 */

/** The octets of `text`. */
export function textOctets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** One line of text; `undefined` when the octets are none, or hold control characters. */
export function readLine(octets: Uint8Array): string | undefined {
  try {
    const line = STRICT.decode(withoutZeros(octets));
    return CONTROL.test(line) ? undefined : line;
  } catch {
    return undefined;
  }
}

/** Lines of text, without the control characters that a terminal would obey. */
export function readLines(octets: Uint8Array): string {
  const lines = LENIENT.decode(withoutZeros(octets)).replaceAll('\r\n', '\n');
  return lines.replaceAll(CONTROL_BUT_LINES, '');
}

/** The names of a list with commas, blanks or zeros between them; what is no domain name is left out. */
export function readDomains(octets: Uint8Array): string[] {
  return LENIENT.decode(octets).split(SEPARATORS).filter(isDomain);
}

/** Whether `name` can be a domain name: scripts are given it, and put it into commands. */
export function isDomain(name: string): boolean {
  return name.length <= MOST_DOMAIN_LENGTH && DOMAIN.test(name);
}

function withoutZeros(octets: Uint8Array): Uint8Array {
  let end = octets.length;
  while (end > 0 && octets[end - 1] === 0) end--;
  return octets.subarray(0, end);
}

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LENIENT = new TextDecoder('utf-8', { ignoreBOM: true });
const CONTROL = /\p{C}/u;
const CONTROL_BUT_LINES = /(?![\n\t])\p{C}/gu;
const SEPARATORS = /[\s,\0]+/;
const DOMAIN =
  /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/;
/** RFC 1035 §2.3.4. */
const MOST_DOMAIN_LENGTH = 255;
