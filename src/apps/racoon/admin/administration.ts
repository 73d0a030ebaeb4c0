/**
 * What racoonctl can ask racoon for.
 *
 * @module
 */
import type { IkeCommand } from '../../../ike/input.ts';
import type { Ends } from '../../../ike/path.ts';
import type { IkeStatus } from '../../../ike/status.ts';
import type { Instant, SaRecord } from '../../../ipsec/backend.ts';
import type { Selector } from '../../../ipsec/selector.ts';
import type { IpAddress } from '../../../net/ip-address.ts';
import type { ShownEvent } from '../event-text.ts';

/** Something that racoon will do. */
export interface ScheduledTask {
  readonly index: number;
  readonly createdAt: Instant;
  readonly dueAt: Instant;
}

export interface Administration {
  /** Of the process, and when it began. */
  readonly pid: number;
  readonly startedAt: Instant;
  now(): Instant;
  status(): IkeStatus;
  schedule(): readonly ScheduledTask[];
  command(command: IkeCommand): void;
  /**
   * Negotiates for the outbound policy that has `selector`, with whom it names: resolves with that, and
   * rejects where it names nobody.
   */
  establishPhase2(selector: Selector): Promise<Ends>;
  sas(): AsyncIterable<SaRecord>;
  /** Throws what a backend throws. */
  flushSas(protocol: 'esp' | 'ah' | null): Promise<void>;
  /** The peer's certificate, in DER; `null` when none was sent. */
  certificate(local: IpAddress, remote: IpAddress): Uint8Array | null;
  /** Ends what `user` logged in for; tells how many SAs that were. */
  logOut(user: string): number;
  /** Reads the configuration again. Resolves with what became of it; rejects when it is wrong. */
  reload(): Promise<string>;
  /** Has `listener` told what happens from now on; returns how to end that. */
  listen(listener: (event: ShownEvent) => void): () => void;
}
