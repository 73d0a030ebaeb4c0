/**
 * Processor time, of some processes with all that they started, and of the whole machine, as `/proc`
 * counts it (proc(5)): in ticks of 10 ms.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux tells user space so on every machine there is (USER_HZ). */
const TICKS_A_SECOND = 100;

/** Fields of `/proc/PID/stat`, counted from the one after the program's name. */
const STAT = { PARENT: 1, USER: 11, SYSTEM: 12, START: 19 };
/** Fields of the first line of `/proc/stat` that are work, of this machine's own. */
const WORK = ['user', 'nice', 'system', 'irq', 'softirq'];
const MACHINE_FIELDS = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq'];

/**
 * The processes of these ids, their children and so on, each `{ pid, birth, seconds }`: `birth`
 * tells it from another process that gets the same id later, `seconds` are those of all its threads.
 */
export function family(pids) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const processes = all
    .map(Number)
    .map(readProcess)
    .filter((found) => found !== null);
  const members = new Set(pids);
  // Parents first: a child is younger, whatever its id.
  for (const { pid, parent } of processes.toSorted((a, b) => a.start - b.start)) {
    if (members.has(parent)) members.add(pid);
  }
  return processes
    .filter(({ pid }) => members.has(pid))
    .map(({ pid, start, seconds }) => ({ pid, birth: `${pid}@${start}`, seconds }));
}

/** Seconds of processor time that the processes of these ids and their children took so far. */
export function secondsOf(pids) {
  return family(pids).reduce((sum, { seconds }) => sum + seconds, 0);
}

/** Seconds that all processors of this machine worked so far, whoever for. */
export function secondsOfMachine() {
  const [, ...ticks] = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0].split(/ +/);
  const work = WORK.map((name) => Number(ticks[MACHINE_FIELDS.indexOf(name)]));
  return work.reduce((sum, ticks) => sum + ticks, 0) / TICKS_A_SECOND;
}

function readProcess(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name stands in parentheses, and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[STAT.USER]) + Number(fields[STAT.SYSTEM]);
    return {
      pid,
      parent: Number(fields[STAT.PARENT]),
      start: Number(fields[STAT.START]),
      seconds: ticks / TICKS_A_SECOND,
    };
  } catch {
    return null;
  }
}
