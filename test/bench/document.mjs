/**
 * The page that figures are written into.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { spliced } from './tables.mjs';

const DOCUMENT = 'docs/performance.md';
const PATH = fileURLToPath(new URL(`../../${DOCUMENT}`, import.meta.url));

/** Writes `content` into the place of that name (see `spliced`); returns the name of the page. */
export function writeInto(name, content) {
  writeFileSync(PATH, spliced(readFileSync(PATH, 'utf8'), name, content));
  return DOCUMENT;
}
