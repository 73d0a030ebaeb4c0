/**
 * The endpoint of IKE, as far as its service drives it.
 *
 * @module
 */
import type { IkeInput } from '../../ike/input.ts';
import type { IkeOutput } from '../../ike/output.ts';
import type { IkeStatus } from '../../ike/status.ts';

export interface Endpoint {
  /** Takes what has happened; `now` is in milliseconds of a clock that never goes back. */
  take(input: IkeInput, now: number): readonly IkeOutput[];
  /** When `{ kind: 'time' }` is to be taken; `null` when nothing waits for it. */
  deadline(): number | null;
  status(): IkeStatus;
}
