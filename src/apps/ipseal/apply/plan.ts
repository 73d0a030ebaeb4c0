/**
 * From files to what applying them would do.
 *
 * @module
 */

import { resolve } from 'node:path';
import type { Step } from '../../../config/index.ts';
import { type Contents, contentsSaid, type Names, policyKey } from '../../../ipsec/contents.ts';
import { ESSENTIAL_FLOWS, type EssentialFlow } from '../../../ipsec/essential-flows.ts';
import { type LockOut, lockOuts } from '../../../ipsec/lock-out.ts';
import { type Takeover, takeOver } from '../../../ipsec/ownership.ts';
import { selectorKey } from '../../../ipsec/selector.ts';
import { backendChoice } from '../../backend-choice.ts';
import { refusing } from '../../configuration/commit-difference.ts';
import { ConfigurationFiles, changesOf } from '../../configuration/files.ts';
import { controlPath } from '../../control/path.ts';
import { type OpenBackend, openEither } from '../../open-backend.ts';
import { Memory } from './memory.ts';

/** Which tables, as every verb takes it. */
export interface TablesOptions {
  readonly backend?: string;
  readonly control?: string;
}

/** The tables and what is remembered of them. */
export interface Tables extends OpenBackend {
  readonly memory: Memory;
  readonly control: string;
}

export async function openTables(options: TablesOptions): Promise<Tables> {
  const control = resolve(controlPath(options.control));
  const { kind, backend } = await openEither(backendChoice(options.backend), control);
  try {
    return { kind, backend, control, memory: new Memory(kind, control) };
  } catch (error) {
    await backend.close();
    throw error;
  }
}

/** How files are read and what they may take over. */
export interface FilesOptions extends TablesOptions {
  readonly rfc4868?: boolean;
  readonly adopt?: boolean;
}

export function filesOf(names: readonly string[], options: FilesOptions): ConfigurationFiles {
  const reading = { rfc4868: options.rfc4868 ?? false, kernelMode: false };
  return new ConfigurationFiles(
    'ipseal',
    names,
    reading,
    (text) => void process.stderr.write(text),
  );
}

/**
 * What files say that shall be there. Flushing and deleting is about what the files have brought
 * before, and that is done without a word. Throws `RefusedHere`.
 */
export function wantedBy(steps: readonly Step[]): Contents {
  const changes = changesOf(steps);
  return refusing(changes, () => contentsSaid(changes));
}

/** What comes of a change, and what essential traffic it would be the end of. */
export interface Plan extends Takeover {
  readonly lockOuts: readonly LockOut[];
}

export function planFor(
  present: Contents,
  owned: Names,
  wanted: Contents,
  adopt: boolean,
  flows: readonly EssentialFlow[],
): Plan {
  const takeover = takeOver(present, owned, wanted, adopt);
  const before = new Set(lockOuts(present, flows).map(keyOf));
  const after = lockOuts(takeover.outcome, flows);
  return { ...takeover, lockOuts: after.filter((lockOut) => !before.has(keyOf(lockOut))) };
}

/** What `kind` asks policies about, and the connection that the operator uses. */
export function flowsFor(
  kind: OpenBackend['kind'],
  session: EssentialFlow | null,
): EssentialFlow[] {
  const asked = ESSENTIAL_FLOWS.filter(({ exemptBy }) => !exemptBy.includes(kind));
  return session === null ? asked : [session, ...asked];
}

function keyOf({ flow, policy, fate, selector }: LockOut): string {
  return `${flow.kind} ${policyKey(policy)} ${fate} ${selectorKey(selector)}`;
}
