/**
 * A `/run` of its own for a daemon that insists on keeping things there, so that two of them, and
 * the machine's, do not meet.
 *
 * @module
 */

const SCRIPT = 'mount -t tmpfs run /run && mkdir -m 755 /run/sshd && exec "$@"';

/** The words that run `words` so. */
export function withOwnRun(words) {
  return ['unshare', '--mount', 'sh', '-c', SCRIPT, 'sh', ...words];
}

/** The words that run `words` where the daemon of id `pid` has its `/run`. */
export function withRunOf(pid, words) {
  return ['nsenter', '--mount', '--target', `${pid}`, ...words];
}
