/**
 * Where `ipseald` is to be found.
 *
 * @module
 */

const DEFAULT_CONTROL_PATH = '/run/ipseal/control.sock';

/** The control socket's path: `given`, or `IPSEAL_CONTROL`, or the usual place. */
export function controlPath(given?: string): string {
  return given ?? process.env['IPSEAL_CONTROL'] ?? DEFAULT_CONTROL_PATH;
}
