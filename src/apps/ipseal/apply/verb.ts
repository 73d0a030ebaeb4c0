/**
 * `ipseal apply`, in its three forms: of files, back again, and as the guard that it starts.
 *
 * @module
 */
import { UsageError } from '../../getopt.ts';
import { type ApplyOptions, apply } from './apply.ts';
import { rollback } from './confirm.ts';
import { guard } from './guard.ts';

export interface ApplyVerbOptions extends ApplyOptions {
  readonly rollback?: boolean;
  /** How the guard is started; nobody else gives it. */
  readonly guard?: string;
}

/** Does what `options` say; resolves with the exit status. Throws `UsageError`. */
export async function applyVerb(
  files: readonly string[],
  options: ApplyVerbOptions,
): Promise<number> {
  if (options.guard !== undefined) return guard(options.guard);
  if (options.rollback) {
    if (files.length > 0) throw new UsageError('--rollback takes no files');
    return rollback(options);
  }
  if (files.length === 0) {
    throw new UsageError('apply needs a file: ipseal apply /etc/setkey.conf');
  }
  return apply(files, options);
}
