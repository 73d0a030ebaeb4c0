/**
 * Who asks about passwords: a process of its own knows the answers.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { emitLoginFrame, type PasswordSource } from './login-frame.ts';
import { type Login, type PasswordVerdict, VERDICT_FD, type VerdictLine } from './verdict.ts';

export class PasswordChecker {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (verdict: PasswordVerdict) => void>();
  #last = 0;
  /** Why there are no answers any more, as a clause. */
  #over: string | null = null;

  private constructor() {
    const script = fileURLToPath(new URL('./password-process.js', import.meta.url));
    this.#child = spawn(process.execPath, [script], {
      cwd: '/',
      stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
    });
    const verdicts = this.#child.stdio[VERDICT_FD] as Readable;
    createInterface({ input: verdicts }).on('line', (line) => this.#take(line));
    this.#child.once('error', ({ message }) => this.#end(message));
    this.#child.once('exit', (status, signal) => {
      this.#end(`the process that checks passwords ended (${signal ?? `status ${status}`})`);
    });
    // That it ended is told by the end itself.
    this.#child.stdin?.on('error', () => {});
  }

  /**
   * Starts the process. It has the rights of this one as they are now, so start it before they are given up:
   * only root reads /etc/shadow.
   */
  static start(): PasswordChecker {
    return new PasswordChecker();
  }

  /**
   * Whether `login` is right, and what groups there are; the answer comes in its time. Never rejects. The
   * password is copied, and the copy is wiped.
   */
  check(source: PasswordSource, login: Login): Promise<PasswordVerdict> {
    if (this.#over !== null) return Promise.resolve(unchecked(this.#over));
    if (this.#waiting.size >= MOST_WAITING) {
      return Promise.resolve(unchecked('too many people log in at once'));
    }
    this.#last = (this.#last + 1) >>> 0;
    const number = this.#last;
    const frame = emitLoginFrame({ number, source, login });
    this.#child.stdin?.write(frame, () => frame.fill(0));
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answer(number, TOO_LATE), LONGEST_CHECK_MS);
      this.#waiting.set(number, (verdict) => {
        clearTimeout(timer);
        resolve(verdict);
      });
    });
  }

  /** Ends the process, whatever it is at; who waits is told that nobody knows. */
  stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      if (this.#over !== null) resolve();
      else for (const event of ['exit', 'error']) this.#child.once(event, () => resolve());
    });
    this.#child.kill('SIGKILL');
    return ended;
  }

  #take(line: string): void {
    const { number, verdict } = JSON.parse(line) as VerdictLine;
    this.#answer(number, verdict);
  }

  #answer(number: number, verdict: PasswordVerdict): void {
    const resolve = this.#waiting.get(number);
    this.#waiting.delete(number);
    resolve?.(verdict);
  }

  #end(why: string): void {
    this.#over ??= why;
    for (const number of [...this.#waiting.keys()]) this.#answer(number, unchecked(why));
  }
}

function unchecked(why: string): PasswordVerdict {
  return { kind: 'unchecked', why };
}

/** Each takes some dozens of milliseconds, and longer where PAM asks a server. */
const MOST_WAITING = 64;
/** Who logs in will not wait longer, and a module of PAM may. */
const LONGEST_CHECK_MS = 60_000;
const TOO_LATE = unchecked('the check takes too long');
