/**
 * Changes to the SAD as steps, with all that is needed to take them back.
 *
 * @module
 */
import type { SaPair } from '../../ipsec/change.ts';
import type { IpsecProtocol } from '../../ipsec/policy.ts';
import type { Progress } from '../../ipsec/progress.ts';
import type { SaId, SaParameters } from '../../ipsec/sa-parameters.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import type { NetlinkRequest } from '../../netlink/nlmsg.ts';
import { emitXfrmAddress, XFRM_ADDRESS_LENGTH, XFRM_FAMILY } from '../../netlink/xfrm-address.ts';
import { IPSEC_PROTO_ANY } from '../../netlink/xfrm-constants.ts';
import type { XfrmNewSa, XfrmSaId } from '../../netlink/xfrm-sa.ts';
import {
  deleteXfrmSa,
  flushXfrmSas,
  newXfrmSa,
  reviveXfrmSa,
  updateXfrmSa,
} from '../../netlink/xfrm-sa-request.ts';
import { sameOctets } from '../../octets/octets.ts';
import type { KnownSa } from './kernel-tables.ts';
import { saExists, saMissing } from './refusal.ts';
import type { Step } from './step.ts';
import { protocolToKernel, saIdToKernel, saToKernel } from './to-kernel.ts';

/** Where the plan learns what the kernel holds. */
export interface SaSource {
  /** Newest first. */
  sas(): KnownSa[];
  sa(id: XfrmSaId): KnownSa | undefined;
}

/** An SA as it will be: one that the kernel has, or one that the commit adds (no payload). */
interface Entry {
  readonly sa: XfrmNewSa;
  readonly mark: Uint8Array | null;
  readonly payload: Uint8Array | null;
}

/** The protocols that IPSEC_PROTO_ANY stands for. */
const IPSEC_PROTOCOLS: readonly number[] = [IP_PROTOCOL.esp, IP_PROTOCOL.ah, IP_PROTOCOL.ipcomp];

export class SaPlan {
  /** In the order of the changes. */
  readonly steps: Step[] = [];
  readonly #source: SaSource;
  /** Oldest first; `null` once the plan has deleted it, or when there never was one. */
  readonly #entries = new Map<string, Entry | null>();
  /** The keys of {@link #entries} that are there, by destination; oldest first. */
  readonly #byDestination = new Map<string, Set<string>>();
  #complete = false;

  constructor(source: SaSource) {
    this.#source = source;
  }

  /** Throws `ChangeRefused` when there is one of the same name. */
  add(parameters: SaParameters, from: Progress | undefined, index: number): void {
    const sa = saToKernel(parameters, index, from);
    const key = keyOf(sa);
    const found = this.#find(key, sa);
    if (found !== null && !isLarval(found.sa)) throw saExists(parameters, index);
    this.#put(key, { sa, mark: null, payload: null });
    this.steps.push({
      // A larval SA is in the way of a new one, and gives its place to an update.
      request: () => (found === null ? newXfrmSa(sa) : updateXfrmSa(sa)),
      undo: () => [deleteXfrmSa(sa)],
      effect: 'closes',
      index,
    });
  }

  /** Throws `ChangeRefused` when there is none of that name. */
  delete(id: SaId, index: number): void {
    const kernelId = saIdToKernel(id);
    const key = keyOf(kernelId);
    const entry = this.#find(key, kernelId);
    if (entry === null) throw saMissing(id, index);
    this.#remove(key, entry, index);
  }

  deleteBetween(pair: SaPair, index: number): void {
    const family = XFRM_FAMILY[pair.destination.version];
    const source = emitXfrmAddress(pair.source);
    const destination = textOf(emitXfrmAddress(pair.destination));
    this.#learnAll();
    for (const key of [...(this.#byDestination.get(destination) ?? [])]) {
      const entry = this.#entries.get(key);
      if (entry === undefined || entry === null) continue;
      const { sa } = entry;
      if (sa.family !== family || !sameOctets(sa.source, source)) continue;
      if (meant(pair.protocol).includes(sa.protocol)) this.#remove(key, entry, index);
    }
  }

  flush(protocol: IpsecProtocol | null, index: number): void {
    const entries = this.#ofProtocol(protocol);
    this.steps.push({
      request: () => flushRequest(protocol),
      undo: () => entries.flatMap(([, entry]) => revival(entry)),
      effect: 'removes-sas',
      index,
    });
    for (const [key] of entries) this.#drop(key);
  }

  #remove(key: string, entry: Entry, index: number): void {
    this.steps.push({
      request: () => deleteXfrmSa(entry.sa, entry.mark),
      undo: () => revival(entry),
      effect: 'removes-sas',
      index,
    });
    this.#drop(key);
  }

  /** Notes that there is `entry`, the newest of all. */
  #put(key: string, entry: Entry): void {
    this.#drop(key);
    this.#entries.set(key, entry);
    const destination = destinationOf(key);
    const keys = this.#byDestination.get(destination);
    if (keys === undefined) this.#byDestination.set(destination, new Set([key]));
    else keys.add(key);
  }

  /** Notes that there is none. */
  #drop(key: string): void {
    this.#entries.delete(key);
    this.#entries.set(key, null);
    this.#byDestination.get(destinationOf(key))?.delete(key);
  }

  #find(key: string, id: XfrmSaId): Entry | null {
    const entry = this.#entries.get(key);
    if (entry !== undefined) return entry;
    const known = this.#complete ? undefined : this.#source.sa(id);
    const found = known === undefined ? null : entryOf(known);
    if (found === null) this.#drop(key);
    else this.#put(key, found);
    return found;
  }

  /** The SAs of one protocol or of all three, oldest first. */
  #ofProtocol(protocol: IpsecProtocol | null): [string, Entry][] {
    this.#learnAll();
    const wanted = meant(protocol);
    return [...this.#entries].filter(
      (pair): pair is [string, Entry] => pair[1] !== null && wanted.includes(pair[1].sa.protocol),
    );
  }

  #learnAll(): void {
    if (this.#complete) return;
    this.#complete = true;
    const changed = [...this.#entries];
    this.#entries.clear();
    this.#byDestination.clear();
    for (const known of this.#source.sas().reverse()) {
      this.#put(keyOf(known.sa, known.sa.mark), entryOf(known));
    }
    // What the plan did already comes after what the kernel has.
    for (const [key, entry] of changed) {
      if (entry === null) this.#drop(key);
      else this.#put(key, entry);
    }
  }
}

/** IP protocol numbers. */
function meant(protocol: IpsecProtocol | null): readonly number[] {
  return protocol === null ? IPSEC_PROTOCOLS : [protocolToKernel(protocol)];
}

/** Deletes every SA of `protocol`, or of all. */
export function flushRequest(protocol: IpsecProtocol | null): NetlinkRequest {
  return flushXfrmSas(protocol === null ? IPSEC_PROTO_ANY : protocolToKernel(protocol));
}

/**
 * How to bring an SA back. One that the commit itself added is not missed, nor is one that the
 * kernel still waited for. One whose keys the kernel hides (lockdown) would come back with a key of
 * zeros, which is worse than no SA.
 */
function revival({ sa, payload }: Entry): (NetlinkRequest | null)[] {
  if (payload === null || isLarval(sa)) return [];
  const algorithms = [sa.encryption, sa.integrity, sa.aead].filter((one) => one !== null);
  const hidden = algorithms.some(({ key }) => key.length > 0 && key.every((octet) => octet === 0));
  return [hidden ? null : reviveXfrmSa(payload)];
}

/** Whether the kernel still waits for the keys of `sa`. */
function isLarval({ encryption, integrity, aead, compression }: XfrmNewSa): boolean {
  return [encryption, integrity, aead, compression].every((one) => one === null);
}

function entryOf({ sa, payload }: KnownSa): Entry {
  return { sa, mark: sa.mark, payload };
}

function keyOf({ destination, spi, protocol }: XfrmSaId, mark: Uint8Array | null = null): string {
  return `${textOf(destination)}${spi} ${protocol} ${mark === null ? '' : textOf(mark)}`;
}

function destinationOf(key: string): string {
  return key.slice(0, XFRM_ADDRESS_LENGTH);
}

/** A character for each octet. */
function textOf(octets: Uint8Array): string {
  return String.fromCharCode(...octets);
}
