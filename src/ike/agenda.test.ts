import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Agenda } from './agenda.ts';

const NEVER = Number.POSITIVE_INFINITY;

describe('Agenda', () => {
  test('looks at each when its deadline has come, however that has moved', () => {
    const at = fc.oneof(fc.nat({ max: 40 }), fc.constant(NEVER));
    const step = fc.oneof(
      fc.record({ kind: fc.constant('move' as const), place: fc.nat({ max: 7 }), at }),
      fc.record({ kind: fc.constant('forget' as const), place: fc.nat({ max: 7 }) }),
      fc.record({ kind: fc.constant('take' as const), now: fc.nat({ max: 40 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const agenda = new Agenda<{ deadline: number }>();
        const items = Array.from({ length: 8 }, () => ({ deadline: NEVER }));
        const there = new Set<{ deadline: number }>();
        for (const each of steps) {
          if (each.kind === 'take') {
            const due = [...there].filter(({ deadline }) => deadline <= each.now);
            const taken = agenda.take(each.now);
            if (due.length === 0) expect(taken).toBeUndefined();
            else expect(taken?.deadline).toBe(Math.min(...due.map(({ deadline }) => deadline)));
            if (taken !== undefined) there.delete(taken);
            continue;
          }
          const item = items[each.place];
          if (item === undefined) throw new TypeError('there are eight');
          if (each.kind === 'move') {
            const isNearer = each.at < item.deadline;
            item.deadline = each.at;
            // Nobody tells of those that move away.
            if (isNearer || !there.has(item)) agenda.note(item);
            there.add(item);
          } else {
            agenda.forget(item);
            there.delete(item);
          }
          const least = Math.min(NEVER, ...[...there].map(({ deadline }) => deadline));
          expect(agenda.next).toBe(least);
        }
      }),
    );
  });

  test('gives each once, however often its deadline has come nearer', () => {
    const agenda = new Agenda<{ deadline: number }>();
    const item = { deadline: NEVER };
    for (let round = 10_000; round > 0; round--) {
      item.deadline = round;
      agenda.note(item);
    }
    expect(agenda.take(NEVER)).toBe(item);
    expect(agenda.next).toBe(NEVER);
  });
});
