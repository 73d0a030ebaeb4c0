import { expect, test } from 'vitest';
import { drawChart } from './chart.mjs';

const CHART = {
  title: 'Speed of <some> & others',
  subtitle: 'measured "here"',
  columns: [
    { title: 'Rate', hint: 'Gbit/s, more is better', digits: 2 },
    { title: 'Cost', hint: 's/GB, less is better', digits: 0 },
  ],
  groups: [
    { name: 'OURS', rows: [{ name: 'tunnel', values: [4.7, 2], kind: 'main' as const }] },
    {
      name: 'OTHERS',
      rows: [
        { name: 'slow & steady', values: [0.47, 20], kind: 'others' as const },
        { name: 'proxy', values: [0, 'carries no packets'], kind: 'others' as const },
      ],
    },
  ],
};

test('a chart is one well-formed XML element', () => {
  const elements = parseXml(drawChart(CHART));
  expect(elements[0]).toMatchObject({ name: 'svg', depth: 0 });
  expect(elements.filter(({ depth }) => depth === 0)).toHaveLength(1);
});

test('what is not well-formed is not taken for it', () => {
  const chart = drawChart(CHART);
  expect(() => parseXml(chart.replace('</svg>', ''))).toThrow('svg is not closed');
  expect(() => parseXml(chart.replace('</desc>', '</title>'))).toThrow('</title> closes desc');
  expect(() => parseXml(chart.replace('&amp;', '&'))).toThrow('stray');
});

test('a chart says what its names say, markup and all', () => {
  const texts = parseXml(drawChart(CHART)).map(({ text }) => text);
  expect(texts).toContain('Speed of <some> & others');
  expect(texts).toContain('slow & steady');
  expect(texts).toContain('carries no packets');
});

test('bars of a column are as long as its figures, and those of other columns have a scale of their own', () => {
  const widths = bars(drawChart(CHART)).map(({ width }) => width);
  const [fast, fastCost, slow, slowCost, nothing] = widths.map(Number);
  expect(slow).toBeCloseTo(Number(fast) / 10, 0);
  expect(fastCost).toBeCloseTo(Number(slowCost) / 10, 0);
  expect(slowCost).toBe(fast);
  // A figure of zero is still something to see; a text has no bar at all.
  expect(nothing).toBe(1);
  expect(widths).toHaveLength(5);
});

test('bars stay on the paper', () => {
  const [svg] = parseXml(drawChart(CHART));
  for (const { x, y, width, height } of bars(drawChart(CHART))) {
    expect(Number(x) + Number(width)).toBeLessThan(Number(svg?.attributes['width']));
    expect(Number(y) + Number(height)).toBeLessThan(Number(svg?.attributes['height']));
  }
});

test('who cannot see a chart is told all of it', () => {
  const elements = parseXml(drawChart(CHART));
  const ids = elements[0]?.attributes['aria-labelledby']?.split(' ');
  const told = ids?.map((id) => elements.find(({ attributes }) => attributes['id'] === id)?.text);
  expect(elements[0]?.attributes['role']).toBe('img');
  expect(told).toStrictEqual([
    'Speed of <some> & others',
    'Rate (Gbit/s, more is better): tunnel 4.70; slow & steady 0.47; proxy 0.00.' +
      ' Cost (s/GB, less is better): tunnel 2; slow & steady 20; proxy carries no packets.',
  ]);
});

interface Element {
  readonly name: string;
  readonly depth: number;
  readonly attributes: Readonly<Record<string, string>>;
  text: string;
}

/** The bars, in their order, by their attributes. */
function bars(chart: string): readonly Readonly<Record<string, string>>[] {
  const rects = parseXml(chart).filter(({ name }) => name === 'rect');
  return rects
    .map(({ attributes }) => attributes)
    .filter((attributes) => attributes['class'] !== 'paper');
}

/** The elements of an XML document, in their order; throws where it is not well-formed. */
function parseXml(document: string): Element[] {
  const elements: Element[] = [];
  const open: Element[] = [];
  for (const [token] of document.matchAll(/<[^<>]*>|[^<>]+|[<>]/g)) {
    const [, slash, name, rest = '', empty] = TAG.exec(token) ?? [];
    if (name === undefined) {
      if (/[<>]|&(?!(amp|lt|gt);)/.test(token)) throw new Error(`stray markup: ${token}`);
      const parent = open.at(-1);
      if (parent !== undefined) parent.text += unescaped(token);
      else if (token.trim() !== '') throw new Error(`outside of all: ${token}`);
    } else if (slash === '/') {
      const closed = open.pop()?.name;
      if (closed !== name) throw new Error(`</${name}> closes ${closed}`);
    } else {
      const element = { name, depth: open.length, attributes: parseAttributes(rest), text: '' };
      elements.push(element);
      if (empty !== '/') open.push(element);
    }
  }
  if (open.length > 0) throw new Error(`${open[0]?.name} is not closed`);
  return elements;
}

const TAG = /^<(\/?)([a-z]+)((?: [A-Za-z0-9:-]+="[^"&<>]*")*)(\/?)>$/;

function parseAttributes(text: string): Record<string, string> {
  const pairs = Array.from(text.matchAll(/ ([^=]+)="([^"]*)"/g), ([, name = '', value = '']) => [
    name,
    value,
  ]);
  const attributes = Object.fromEntries(pairs);
  if (Object.keys(attributes).length !== pairs.length) throw new Error(`twice in ${text}`);
  return attributes;
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
