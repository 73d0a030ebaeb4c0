/**
 * Columns of text.
 *
 * @module
 */

/** Rows of cells as lines; the columns in `numbers` are flush right. Nothing stands behind the last cell. */
export function formatTable(
  rows: readonly (readonly string[])[],
  numbers: ReadonlySet<number>,
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [k, cell] of row.entries()) widths[k] = Math.max(widths[k] ?? 0, cell.length);
  }
  return rows.map((row) => {
    const cells = row.map((cell, k) => {
      const width = widths[k] ?? 0;
      return numbers.has(k) ? cell.padStart(width) : cell.padEnd(width);
    });
    return `  ${cells.join('  ')}`.trimEnd();
  });
}
