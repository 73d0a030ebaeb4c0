/**
 * What the demonstration is played on: two hosts, the wire between them, somebody who listens there
 * and somebody who attacks. Namespaces of a Linux kernel, or one process.
 *
 * @module
 */
import type { DiscardCounters } from '../../../ipsec/backend.ts';

/** An IPv4 packet seen on the wire. */
export interface WirePacket {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** From the IP header on. */
  readonly octets: Uint8Array;
}

/** The files that the two hosts load. */
export interface Configurations {
  readonly alice: string;
  readonly bob: string;
}

export interface Stage {
  /** What the hosts are here, a sentence a line. */
  readonly setting: readonly string[];
  /** What carries {@link transfer}. */
  readonly transport: 'TCP' | 'UDP';
  /** Alice pings bob once; whether he answered. */
  ping(): Promise<boolean>;
  /** Alice sends `text` to bob; whether it arrived unchanged. */
  transfer(text: string): Promise<boolean>;
  /** Both hosts load their file; what the operators typed and read. Rejects when one fails. */
  load(files: Configurations): Promise<readonly string[]>;
  /** The packets between the hosts since the last call. */
  packets(): Promise<readonly WirePacket[]>;
  /** Puts an IP packet on the wire towards bob. */
  attack(packet: Uint8Array): void;
  /** What bob has discarded, by reason. */
  discards(): Promise<DiscardCounters>;
  /** How to look around while the stage stands; empty where there is nothing to enter. */
  readonly doors: readonly string[];
  /** Takes everything down. May be called more than once. */
  end(): Promise<void>;
}

export const ALICE = '10.9.0.1';
export const BOB = '10.9.0.2';
export const PREFIX_LENGTH = 24;

/** What pings carry, for a listener to recognise. */
export const PING_TEXT = 'is anybody listening? ';
