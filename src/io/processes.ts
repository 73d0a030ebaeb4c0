/**
 * Processes of this host by their name, as far as /proc shows them (proc(5)).
 *
 * @module
 */
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';

/** The processes called `name` that use the network namespace of this one. */
export function processesNamed(name: string): number[] {
  const own = networkOf('self');
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && nameOf(entry) === name && networkOf(entry) === own)
    .map(Number);
}

/** Has this process called `name`, of up to 15 octets: else it is named after its interpreter. */
export function callThisProcess(name: string): void {
  writeFileSync('/proc/self/comm', name);
}

/** `null` when the process is gone. */
function nameOf(pid: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
  } catch {
    return null;
  }
}

function networkOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return null;
  }
}
