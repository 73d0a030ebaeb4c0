/**
 * Loaded before a program (`node --expose-gc --import`): on SIGUSR2 it prints how many octets are in use
 * by JavaScript once what is garbage is gone.
 *
 * @module
 */
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  console.log(`heap ${heapUsed + external}`);
});
