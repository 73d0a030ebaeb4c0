import { expect, test } from 'vitest';
import { BoundedQueue } from './bounded-queue.ts';

async function drained(queue: BoundedQueue<number>): Promise<number[]> {
  const items: number[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

test('gives what was put in, in its order, and ends when it is closed', async () => {
  const queue = new BoundedQueue(3, -1);
  for (const item of [1, 2, 3]) queue.push(item);
  queue.close();
  queue.push(4);
  expect(await drained(queue)).toEqual([1, 2, 3]);
});

test('wakes whoever waits, for an item and for the end', async () => {
  const queue = new BoundedQueue(3, -1);
  const items = drained(queue);
  await new Promise(setImmediate);
  queue.push(1);
  await new Promise(setImmediate);
  queue.push(2);
  await new Promise(setImmediate);
  queue.close();
  expect(await items).toEqual([1, 2]);
});

test('has one overrun in the place of all that had no room, and goes on after it', async () => {
  const queue = new BoundedQueue(2, -1);
  for (const item of [1, 2, 3, 4]) queue.push(item);
  const reader = queue[Symbol.asyncIterator]();
  const next = async () => (await reader.next()).value;
  expect([await next(), await next(), await next()]).toEqual([1, 2, -1]);
  queue.push(5);
  expect(await next()).toBe(5);
});

test('says once that it was closed, or left', async () => {
  let closed = 0;
  const queue = new BoundedQueue(2, -1, () => closed++);
  queue.push(1);
  for await (const _ of queue) break;
  queue.close();
  expect(closed).toBe(1);
});
