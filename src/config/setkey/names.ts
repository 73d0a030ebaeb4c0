/**
 * Names in setkey files, of hosts and of services: what was found out about them beforehand.
 *
 * Compiling is pure and opens nothing, so that a file with names is read twice: the first time tells
 * what it wants to know, somebody looks that up, and the second time compiles.
 *
 * @module
 */
import type { IpAddress } from '../../net/ip-address.ts';
import type { Services } from '../../net/services.ts';

/** What looking up a host name came to: its addresses, or why there are none, as a clause. */
export type HostLookup =
  | { readonly addresses: readonly IpAddress[] }
  | { readonly failure: string };

/** What was looked up. */
export interface Names {
  readonly hosts: ReadonlyMap<string, HostLookup>;
  /** `null` when there is no `/etc/services`. */
  readonly services: Services | null;
}

/** What is to be looked up. */
export interface WantedNames {
  /** Without repetition, in the order of the file. */
  readonly hosts: readonly string[];
  /** Whether a service is named. */
  readonly services: boolean;
}
