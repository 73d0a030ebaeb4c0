/**
 * Programs that run in a host's network namespace: started from an argument list, ended by their
 * id, and never left behind, whatever becomes of this process.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { family } from './processor-time.mjs';

/** The directories of system programs are not on everybody's. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`;
/** Of a program that is to run to its end, and of one that is to become ready. */
const LONGEST_MS = 15_000;
/** Between being asked to end and being killed. */
const GRACE_MS = 2000;
const LOOK_AGAIN_MS = 10;

/** Which of these is not installed, as a clause; `null` when all are. */
export function missing(...programs) {
  const absent = programs.find(
    (program) => !PATH.split(':').some((folder) => has(folder, program)),
  );
  return absent === undefined ? null : `there is no ${absent}`;
}

/** A program that runs. */
export class Program {
  /** What it printed, errors apart. */
  stdout = '';
  stderr = '';
  running = true;
  #child;
  #words;
  #exited;
  /** Resolves with its status, `null` when a signal ended it, once all was printed. */
  #ended;

  /** Starts `words` in `namespace`, with `input` on its standard input. */
  constructor(namespace, words, { input = '', env = {} } = {}) {
    this.#words = words;
    // A group of its own, for Ctrl-C is for us; and its end with ours, even if we are killed.
    const guarded = ['--pdeathsig', 'KILL', ...words];
    this.#child = namespace.within(() =>
      spawn('setpriv', guarded, { detached: true, env: { ...process.env, PATH, ...env } }),
    );
    const { stdin, stdout, stderr } = this.#child;
    stdin.on('error', () => {});
    stdin.end(input);
    stdout.on('data', (octets) => {
      this.stdout += octets;
    });
    stderr.on('data', (octets) => {
      this.stderr += octets;
    });
    this.#exited = new Promise((resolve) => {
      const exited = () => {
        this.running = false;
        resolve();
      };
      this.#child.once('exit', exited);
      this.#child.once('error', exited);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', resolve);
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** Resolves once `condition` holds; rejects, saying `what`, when it ends before or takes too long. */
  async until(condition, what) {
    const end = Date.now() + LONGEST_MS;
    while (!(await condition())) {
      const late = Date.now() > end;
      if (late || !this.running) throw new Error(`Cannot see ${what}: ${this.#said()}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  /** Resolves with what it printed; rejects unless it ends well within `longestMs`. */
  async output(longestMs = LONGEST_MS) {
    const timer = setTimeout(() => this.kill(), longestMs);
    const status = await this.#ended;
    clearTimeout(timer);
    if (status === 0) return this.stdout;
    throw new Error(`Cannot run ${this.#words.join(' ')}: ${status ?? 'killed'}: ${this.#said()}`);
  }

  /** Asks it to end, and kills it and what it started when they do not. */
  async end() {
    if (!this.running) return;
    const members = family([this.pid]);
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => killThose(members), GRACE_MS);
    await this.#exited;
    clearTimeout(timer);
    killThose(members);
  }

  /** Ends it, and what it started, without waiting. */
  kill() {
    // Its id may be another's by now, if it is no more.
    if (this.running) killThose(family([this.pid]));
  }

  #said() {
    return `${this.stderr}${this.stdout}`.trim().slice(-2000) || 'it said nothing';
  }
}

/** Kills those of some processes that are still the same. */
function killThose(members) {
  const alive = new Set(family(members.map(({ pid }) => pid)).map(({ birth }) => birth));
  for (const { pid, birth } of members) {
    try {
      if (alive.has(birth)) process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}

function has(folder, program) {
  try {
    accessSync(join(folder, program), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
