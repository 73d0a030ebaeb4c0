import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLines } from './lines.ts';

async function* streamOf(chunks: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

/** The lines, and at last the error if there is one. */
async function linesOf(chunks: readonly (string | Buffer)[], longest = 1000): Promise<unknown[]> {
  const lines: unknown[] = [];
  try {
    for await (const line of readLines(streamOf(chunks), longest)) lines.push(line);
  } catch (error) {
    lines.push(error);
  }
  return lines;
}

describe('readLines()', () => {
  test('finds the same lines however they are cut into chunks', async () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' '));
    const property = fc.asyncProperty(
      fc.array(line),
      fc.array(fc.nat({ max: 40 })),
      async (lines, cuts) => {
        let rest = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const chunks = cuts.map((length) => {
          const chunk = rest.subarray(0, length);
          rest = rest.subarray(length);
          return chunk;
        });
        expect(await linesOf([...chunks, rest], 10_000)).toEqual(lines);
      },
    );
    await fc.assert(property);
  });

  test('keeps empty lines, and carriage returns', async () => {
    expect(await linesOf(['\n\na\r\n', '\n'])).toEqual(['', '', 'a\r', '']);
  });

  test('leaves out what follows the last newline', async () => {
    expect(await linesOf(['one\ntw', 'o'])).toEqual(['one']);
    expect(await linesOf([])).toEqual([]);
  });

  test('takes a line of the greatest length and none that is longer, in whatever chunks', async () => {
    const tooLong = new RangeError('Cannot read a line of over 5 octets');
    expect(await linesOf(['12345\n12345\n'], 5)).toEqual(['12345', '12345']);
    expect(await linesOf(['123', '45', '\n'], 5)).toEqual(['12345']);
    expect(await linesOf(['12345\n123456\n'], 5)).toEqual(['12345', tooLong]);
    expect(await linesOf(['123', '456\n'], 5)).toEqual([tooLong]);
    expect(await linesOf(['123456'], 5)).toEqual([tooLong]);
    expect(await linesOf(['ééé\n'], 5)).toEqual([tooLong]);
  });

  test('reads no further than it has to before it gives a line', async () => {
    let read = 0;
    const stream = async function* () {
      for (const chunk of ['a\nb', '\n', 'c\n']) {
        read++;
        yield Buffer.from(chunk);
      }
    };
    const lines = readLines(stream(), 10);
    expect([(await lines.next()).value, read]).toEqual(['a', 1]);
    expect([(await lines.next()).value, read]).toEqual(['b', 2]);
    await lines.return(undefined);
    expect(read).toBe(2);
  });
});
