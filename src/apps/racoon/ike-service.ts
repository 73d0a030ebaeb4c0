/**
 * What racoon needs of IKE at work: an endpoint with its sockets, its backend and its clock.
 *
 * @module
 */
import type { IkeConfiguration } from '../../ike/configuration.ts';
import type { IkeEvent } from '../../ike/event.ts';
import type { IkeCommand } from '../../ike/input.ts';
import type { UdpAddress } from '../../ike/path.ts';
import type { PreSharedKey } from '../../ike/pre-shared-keys.ts';
import type { IkeStatus } from '../../ike/status.ts';
import type { Backend } from '../../ipsec/backend.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { ScheduledTask } from './admin/administration.ts';

/** What IKE is started with, and again at a reload. */
export interface IkeSettings {
  readonly configuration: IkeConfiguration;
  readonly preSharedKeys: readonly PreSharedKey[];
  /** The folder of certificates, as the configuration has it. */
  readonly certificates: string | null;
}

export interface IkeStart extends IkeSettings {
  readonly backend: Backend;
  /** Where to listen on every address, unless the configuration names some. */
  readonly port: number;
  readonly natPort: number;
  /** Told what becomes of negotiations, as it happens. */
  onEvent(event: IkeEvent): void;
  /** Told of each port that is opened. `fd` is its descriptor. */
  onPort(port: UdpAddress, natTraversal: boolean, fd: number): void;
}

export interface IkeService {
  status(): IkeStatus;
  schedule(): readonly ScheduledTask[];
  command(command: IkeCommand): void;
  /** What the peer sent in DER; `null` when it sent none. */
  certificate(local: IpAddress, remote: IpAddress): Uint8Array | null;
  /** Goes on with other settings; peers that are the same in both do not notice. */
  reconfigure(settings: IkeSettings): Promise<void>;
  /** Says goodbye to all peers, takes away what it installed, and closes its ports. */
  stop(): Promise<void>;
  /** Rejects when it fails; else resolves when it was stopped. */
  readonly ended: Promise<void>;
}

/** Opens the ports and begins. Rejects where it cannot. */
export type StartIke = (start: IkeStart) => Promise<IkeService>;
