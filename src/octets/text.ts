/**
 * Octets that are text, if their sender meant well, for lines that people read.
 *
 * @module
 */

/**
 * `octets` as UTF-8, fit to be printed within a line: what is no character, or not seen as one, becomes
 * `\u{…}`. At most `most` characters and an ellipsis, of which each may be an escape.
 */
export function escapedOctets(octets: Uint8Array, most: number): string {
  // A character has four octets at most.
  const some = octets.length > 4 * most + 4 ? octets.subarray(0, 4 * most + 4) : octets;
  return escapedText(new TextDecoder().decode(some), most);
}

/** `text`, as {@link escapedOctets} has it. */
export function escapedText(text: string, most: number): string {
  const characters = [...text.slice(0, 2 * most + 2)];
  const shown = characters.slice(0, most).map(escaped).join('');
  return characters.length > most ? `${shown}…` : shown;
}

function escaped(character: string): string {
  if (!UNSEEN.test(character)) return character;
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Controls, formats (those that turn the line around among them), lone surrogates, other line ends. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\ufffd]/u;
