/**
 * The memory of `ipseal apply`, in files that last until the next boot: one set for each backend of each
 * network namespace. What another boot, or another `ipseald`, left there is not believed.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import * as v from 'valibot';
import { FileLock } from '../../../io/file-lock.ts';
import { bootId, fileId, networkNamespaceId } from '../../../io/identity.ts';
import { PrivateFiles } from '../../../io/private-files.ts';
import { type Names, NOTHING } from '../../../ipsec/contents.ts';
import type { OpenBackend } from '../../open-backend.ts';
import {
  type Ended,
  EndedSchema,
  OwnedSchema,
  ownedToJson,
  type Pending,
  PendingSchema,
  pendingToJson,
  type Removed,
  RemovedSchema,
  removedToJson,
} from './documents.ts';

const DEFAULT_DIRECTORY = '/run/ipseal-apply';

/** How long another command may be at work. */
const LONGEST_WAIT_MS = 15_000;
const SHORT_WAIT_MS = 2000;
const POLL_MS = 20;

/** Where and when something is noted. */
export interface Origin {
  readonly version: 1;
  readonly boot: string;
  /** Of the daemon that has the tables; empty for the kernel. */
  readonly instance: string;
}

export class Memory {
  readonly kind: OpenBackend['kind'];
  /** The control socket of the daemon; `null` for the kernel. */
  readonly control: string | null;
  readonly #files: PrivateFiles;
  readonly #prefix: string;

  /** Of the namespace that the process is in. Throws where the files could not be kept private. */
  constructor(kind: OpenBackend['kind'], control: string) {
    this.kind = kind;
    this.control = kind === 'userspace' ? control : null;
    this.#files = PrivateFiles.in(process.env['IPSEAL_APPLY_DIRECTORY'] || DEFAULT_DIRECTORY);
    this.#prefix = `${kind}-${networkNamespaceId()}`;
  }

  /** Of what is noted now. */
  get origin(): Origin {
    const instance = this.control === null ? '' : (fileId(this.control) ?? 'none');
    return { version: 1, boot: bootId(), instance };
  }

  /** Runs `action` while no other command is at work. Rejects when another does not end. */
  async exclusively<T>(action: () => Promise<T>): Promise<T> {
    const lock = await this.#lock(LONGEST_WAIT_MS);
    if (lock === null) throw new Error('another ipseal is at work, and does not end');
    return action().finally(() => lock.release());
  }

  /** As {@link exclusively}, but does not let one that hangs stand in the way. */
  async urgently<T>(action: () => Promise<T>): Promise<T> {
    const lock = await this.#lock(SHORT_WAIT_MS);
    return action().finally(() => lock?.release());
  }

  async #lock(longestMs: number): Promise<FileLock | null> {
    const path = this.#files.path(this.#name('lock'));
    for (let waited = 0; waited <= longestMs; waited += POLL_MS) {
      const lock = FileLock.take(path);
      if (lock !== null) return lock;
      await setTimeout(POLL_MS);
    }
    return null;
  }

  /** What `ipseal apply` brought and nobody took away since. */
  get owned(): Names {
    const owned = this.#read('owned', OwnedSchema);
    return owned !== null && owned.instance === this.origin.instance ? owned.names : NOTHING;
  }

  set owned(names: Names) {
    this.#write('owned', ownedToJson({ ...this.origin, names }));
  }

  /** The change that awaits confirmation, be it that its daemon is another one by now. */
  get pending(): Pending | null {
    return this.#read('pending', PendingSchema);
  }

  set pending(pending: Pending | null) {
    if (pending === null) this.#files.remove(this.#name('pending'));
    else this.#write('pending', pendingToJson(pending));
  }

  /** How the last change that had to be confirmed ended. */
  get ended(): Ended | null {
    return this.#read('ended', EndedSchema);
  }

  set ended(ended: Ended | null) {
    if (ended === null) this.#files.remove(this.#name('ended'));
    else this.#write('ended', ended);
  }

  /** What panics removed and nobody restored. */
  get removed(): Removed | null {
    return this.#read('removed', RemovedSchema);
  }

  set removed(removed: Removed | null) {
    if (removed === null) this.#files.remove(this.#name('removed'));
    else this.#write('removed', removedToJson(removed));
  }

  #name(what: string): string {
    return `${this.#prefix}.${what}`;
  }

  #write(what: string, value: unknown): void {
    this.#files.write(this.#name(what), `${JSON.stringify(value)}\n`);
  }

  /** `null` where there is none, or of another boot, or of another version of this program. */
  #read<S extends v.GenericSchema<unknown, { readonly boot: string }>>(
    what: string,
    schema: S,
  ): v.InferOutput<S> | null {
    const text = this.#files.read(this.#name(what));
    if (text === null) return null;
    const read = v.safeParse(schema, parsed(text));
    return read.success && read.output.boot === bootId() ? read.output : null;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
