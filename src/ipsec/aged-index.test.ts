import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AgedIndex } from './aged-index.ts';

interface Item {
  readonly ordinal: number;
  readonly key: number;
}

/** Of `key`, from the newest to the oldest. */
function walk(index: AgedIndex<Item>, key: number): Item[] {
  const items: Item[] = [];
  let item = index.newest(key);
  while (item !== undefined) {
    items.push(item);
    item = index.newest(key, item.ordinal);
  }
  return items;
}

test('an AgedIndex gives those of a key from the newest on, while others come and go', () => {
  const step = fc.record({ key: fc.nat({ max: 2 }), remove: fc.option(fc.nat()) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
      const index = new AgedIndex<Item>();
      const items: Item[] = [];
      let ordinal = 0;
      for (const { key, remove } of steps) {
        const gone = remove === null ? undefined : items.splice(remove % (items.length || 1), 1)[0];
        if (gone !== undefined) {
          index.remove(gone.key, gone);
          // Again is harmless.
          index.remove(gone.key, gone);
        } else {
          ordinal += 1;
          const item = { ordinal, key };
          items.push(item);
          index.add(key, item);
        }
        for (const each of [0, 1, 2]) {
          expect(walk(index, each)).toEqual(items.filter((item) => item.key === each).toReversed());
        }
      }
    }),
  );
});
