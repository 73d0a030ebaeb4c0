/**
 * What racoon needs of IKE at work.
 *
 * @module
 */
import type { RacoonConfiguration } from '../../config/racoon/configuration.ts';
import type { IkeEvent } from '../../ike/event.ts';
import type { IkeCommand } from '../../ike/input.ts';
import type { PreSharedKey } from '../../ike/pre-shared-keys.ts';
import type { IkeStatus } from '../../ike/status.ts';
import type { Backend } from '../../ipsec/backend.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { BackendChoice } from '../backend-choice.ts';

/** What IKE is started with, and again at a reload. */
export interface IkeSettings {
  readonly configuration: RacoonConfiguration;
  readonly preSharedKeys: readonly PreSharedKey[];
}

export interface IkeStart extends IkeSettings {
  readonly backend: BackendChoice;
  readonly control: string | undefined;
  /** Told what becomes of negotiations, as it happens. */
  onEvent(event: IkeEvent): void;
  /** Told what goes wrong around them, as sentences. */
  complain(text: string): void;
}

export interface IkeService {
  readonly kind: 'kernel' | 'userspace';
  readonly backend: Backend;
  status(): IkeStatus;
  command(command: IkeCommand): void;
  /** What the peer sent in DER; `null` when it sent none. */
  certificate(local: IpAddress, remote: IpAddress): Uint8Array | null;
  /**
   * Goes on with other settings; peers that are the same in both do not notice. Rejects, and goes on as before,
   * when they need rights that were given up.
   */
  reconfigure(settings: IkeSettings): Promise<void>;
  /** Says goodbye to all peers, takes away what it installed, and closes its ports. */
  stop(): Promise<void>;
  /** Rejects when it fails. */
  readonly ended: Promise<void>;
}

/** Opens the ports and begins. Rejects where it cannot. */
export type StartIke = (start: IkeStart) => Promise<IkeService>;
