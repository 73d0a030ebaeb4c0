/**
 * Committing the difference between what is there and what shall be.
 *
 *   dump ──► plan ──► commit ─┬─► done
 *     ▲                       │
 *     └── others changed it ──┘
 *
 * @module
 */
import { type Backend, ChangeRefused, collect } from '../../ipsec/backend.ts';
import type { Change } from '../../ipsec/change.ts';
import { type Contents, contentsOf } from '../../ipsec/contents.ts';

/** How often the difference is worked out anew when others change the tables meanwhile. */
const MOST_TRIES = 5;

/** A change was refused, which may be another one than the index of the refusal says. */
export class RefusedHere extends Error {
  readonly reason: ChangeRefused;
  readonly change: Change | undefined;

  constructor(reason: ChangeRefused, change: Change | undefined) {
    super(reason.message);
    this.reason = reason;
    this.change = change;
  }
}

/** What the databases of `backend` hold now. */
export async function presentOf(backend: Backend): Promise<Contents> {
  return contentsOf(await collect(backend.sas()), await collect(backend.policies()));
}

/**
 * Works out by `plan`, from what is there, what to change, and has `commit` do it, the backend's own
 * unless told. Once more when others changed the same meanwhile. Returns the plan that was carried
 * out. Throws {@link RefusedHere}, and what `plan` and `commit` throw.
 */
export async function commitDifference<P extends { readonly changes: readonly Change[] }>(
  backend: Backend,
  plan: (present: Contents) => P,
  commit: (plan: P) => Promise<void> = ({ changes }) => backend.commit(changes),
): Promise<P> {
  for (let tries = 1; ; tries++) {
    const planned = plan(await presentOf(backend));
    try {
      await commit(planned);
      return planned;
    } catch (error) {
      if (!(error instanceof ChangeRefused)) throw error;
      const isRace = error.refusal === 'exists' || error.refusal === 'missing';
      if (!isRace || tries === MOST_TRIES) {
        throw new RefusedHere(error, planned.changes[error.index]);
      }
    }
  }
}

/** What `action` returns; with the change in question where it throws a `ChangeRefused`. */
export function refusing<T>(changes: readonly Change[], action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof ChangeRefused) throw new RefusedHere(error, changes[error.index]);
    throw error;
  }
}
