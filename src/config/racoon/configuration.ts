/**
 * What a racoon.conf says, in values: what IKE is to do, and what the daemon around it is to be.
 *
 * @module
 */
import type { IkeConfiguration } from '../../ike/configuration.ts';

export interface RacoonConfiguration {
  readonly ike: IkeConfiguration;
  readonly paths: Paths;
  readonly logLevel: LogLevel;
  readonly adminSocket: AdminSocket | null;
  readonly privileges: Privileges;
}

/** Files and folders, as written; `null` where the file says nothing. */
export interface Paths {
  readonly include: string | null;
  readonly preSharedKeys: string | null;
  readonly certificates: string | null;
  readonly scripts: string | null;
  readonly pidFile: string | null;
}

export type LogLevel = 'error' | 'warning' | 'notify' | 'info' | 'debug' | 'debug2';

/** Where racoonctl finds the daemon. */
export interface AdminSocket {
  readonly path: string;
  readonly owner: string;
  readonly group: string;
  /** Permissions, as `chmod` has them. */
  readonly mode: number;
}

/** Who the daemon is once its sockets are open; `null` is whoever started it. */
export interface Privileges {
  /** A name or a number. */
  readonly user: string | null;
  readonly group: string | null;
}
