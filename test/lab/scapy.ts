/**
 * Scapy as an independent IPsec: short Python scripts with JSON going in and coming out.
 *
 * A script finds `input`, all of scapy's layers for IP and IPsec, and leaves its result in `output`;
 * `scapy-main.py` says what else it finds. Octets come out as hexadecimal strings.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { type RunOptions, run } from './command.ts';
import type { Namespace } from './namespace.ts';

/** Runs `script` in `namespace`, or without a network of its own. Rejects with its traceback. */
export async function runScapy(
  namespace: Namespace | null,
  script: string,
  input: unknown = null,
  options: RunOptions = {},
): Promise<unknown> {
  // Debian's own, which has python3-scapy: another Python may come first on the PATH.
  const argv = ['/usr/bin/python3', fileURLToPath(new URL('scapy-main.py', import.meta.url))];
  const request = { ...options, input: JSON.stringify({ script, input }) };
  const { status, stdout, stderr } =
    namespace === null ? await run(argv, request) : await namespace.run(argv, request);
  if (status !== 0) throw new Error(`Cannot finish the scapy script: ${stderr}`);
  const output: unknown = JSON.parse(stdout);
  return output;
}
