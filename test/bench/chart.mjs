// @ts-check
/**
 * Horizontal bars, several columns of them beside one list of names, as an SVG that needs nothing
 * else: it follows the reader's light or dark colours, and tells its figures to who cannot see.
 *
 *     title
 *     subtitle
 *                       Column one         Column two
 *                       hint               hint
 *     Group
 *       name            ████████ 4.70      ███ 120
 *       name            ███ 1.20           no packets
 *
 * @module
 */

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {string} hint What is counted, and which way is better.
 * @property {number} digits After the point.
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {readonly (number | string)[]} values One for each column; a text has no bar.
 * @property {'main' | 'ours' | 'others'} kind How it is coloured.
 *
 * @typedef {object} Group
 * @property {string} name
 * @property {readonly Row[]} rows
 *
 * @typedef {object} Chart
 * @property {string} title
 * @property {string} subtitle
 * @property {readonly Column[]} columns
 * @property {readonly Group[]} groups
 */

const WIDTH = 960;
const MARGIN = 28;
const NAMES_WIDTH = 248;
const GAP = 28;
/** Beside the longest bar, for its figure. */
const FIGURE_WIDTH = 46;
const HEAD_HEIGHT = 128;
const FOOT = 10;
const GROUP_HEIGHT = 34;
/** Under a group's last row. */
const GROUP_FOOT = 7;
const ROW_HEIGHT = 27;
const BAR_HEIGHT = 15;
/** From the top of a row to the line that its text stands on. */
const BASELINE = 18;

const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
  .title { font-size: 19px; font-weight: 600; }
  .column { font-weight: 600; }
  .group { font-size: 11px; font-weight: 600; letter-spacing: 0.06em; fill: #59636e; }
  .soft { font-size: 12px; fill: #59636e; }
  .figure { font-size: 12px; font-variant-numeric: tabular-nums; }
  .strong { font-weight: 600; }
  .paper { fill: #ffffff; stroke: #d1d9e0; }
  .rule { stroke: #d1d9e0; }
  .main { fill: #0b7285; }
  .ours { fill: #66bccb; }
  .others { fill: #b4bcc5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .group, .soft { fill: #9198a1; }
    .paper { fill: #0d1117; stroke: #3d444d; }
    .rule { stroke: #3d444d; }
    .main { fill: #3bc9db; }
    .ours { fill: #1f7f8d; }
    .others { fill: #565f6a; }
  }
`;

/**
 * Draws `chart`; returns the whole file.
 *
 * @param {Chart} chart
 */
export function drawChart({ title, subtitle, columns, groups }) {
  const rows = groups.flatMap((group) => group.rows);
  const height =
    HEAD_HEIGHT + groups.length * (GROUP_HEIGHT + GROUP_FOOT) + rows.length * ROW_HEIGHT + FOOT;
  const places = columns.map((column, index) => placeColumn(column, index, columns.length, rows));
  const parts = [
    text(MARGIN, 42, 'title', title),
    text(MARGIN, 64, 'soft', subtitle),
    ...places.flatMap(({ x, column }) => [
      text(x, 98, 'column', column.title),
      text(x, 115, 'soft', column.hint),
    ]),
  ];
  let y = HEAD_HEIGHT;
  for (const group of groups) {
    parts.push(
      `<line class="rule" x1="${MARGIN}" y1="${y}.5" x2="${WIDTH - MARGIN}" y2="${y}.5"/>`,
      text(MARGIN, y + 23, 'group', group.name),
    );
    y += GROUP_HEIGHT;
    for (const row of group.rows) {
      parts.push(drawRow(row, y, places));
      y += ROW_HEIGHT;
    }
    y += GROUP_FOOT;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}"` +
      ` height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(described(columns, rows))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

/**
 * Where a column stands, and how many pixels one of its unit is.
 *
 * @param {Column} column
 * @param {number} index
 * @param {number} count
 * @param {readonly Row[]} rows
 */
function placeColumn(column, index, count, rows) {
  const left = MARGIN + NAMES_WIDTH;
  const width = (WIDTH - MARGIN - left - GAP * (count - 1)) / count;
  const longest = Math.max(0, ...rows.map(({ values }) => numeric(values[index])));
  const scale = longest > 0 ? (width - FIGURE_WIDTH) / longest : 0;
  return { column, x: left + index * (width + GAP), scale };
}

/**
 * @param {Row} row
 * @param {number} y
 * @param {readonly { column: Column, x: number, scale: number }[]} places
 */
function drawRow({ name, values, kind }, y, places) {
  const strong = kind === 'main' ? ' strong' : '';
  const cells = places.map(({ column, x, scale }, index) => {
    const value = values[index];
    if (typeof value !== 'number') return text(x, y + BASELINE, 'soft', value ?? '');
    const length = Math.max(1, value * scale).toFixed(1);
    const top = y + (ROW_HEIGHT - BAR_HEIGHT) / 2;
    const size = `width="${length}" height="${BAR_HEIGHT}" rx="2"`;
    const bar = `<rect class="${kind}" x="${x}" y="${top}" ${size}/>`;
    const figureAt = x + Number(length) + 7;
    return bar + text(figureAt, y + BASELINE, `figure${strong}`, value.toFixed(column.digits));
  });
  return text(MARGIN, y + BASELINE, `name${strong}`, name) + cells.join('');
}

/**
 * All figures as sentences.
 *
 * @param {readonly Column[]} columns
 * @param {readonly Row[]} rows
 */
function described(columns, rows) {
  const sentences = columns.map(({ title, hint, digits }, index) => {
    const figures = rows.map(({ name, values }) => {
      const value = values[index];
      return `${name} ${typeof value === 'number' ? value.toFixed(digits) : value}`;
    });
    return `${title} (${hint}): ${figures.join('; ')}.`;
  });
  return sentences.join(' ');
}

/** @param {number | string | undefined} value */
function numeric(value) {
  return typeof value === 'number' ? value : 0;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} kind
 * @param {string} content
 */
function text(x, y, kind, content) {
  return `<text class="${kind}" x="${round(x)}" y="${y}">${escaped(content)}</text>`;
}

/** @param {number} x */
function round(x) {
  return Math.round(x * 10) / 10;
}

/** @param {string} content */
function escaped(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
