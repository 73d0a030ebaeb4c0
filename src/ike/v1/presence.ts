/**
 * Whether the peer is there, and whether the NAT before us knows that we are: dead peer detection
 * (RFC 3706) and keepalives (RFC 3948 §4).
 *
 * @module
 */
import { Malformed } from '../../octets/malformed.ts';
import { u32 } from '../../octets/octets.ts';
import { livenessSequence, NOTIFY } from '../../wire/ikev1/notification.ts';
import type { DeadPeerDetection } from '../peer.ts';
import { livenessNotification } from './informational.ts';
import { aliveAt, type Liveness, wasAsked, whenSilent } from './liveness.ts';
import type { EstablishedPhase1 } from './parts.ts';
import type { Payloads } from './payloads.ts';

export class Presence {
  readonly #under: EstablishedPhase1;
  #liveness: Liveness;
  #keepaliveAt: number | null;
  /** Whether an exchange got no answer, and nothing has come since. */
  #isSilent = false;

  constructor(under: EstablishedPhase1, now: number) {
    this.#under = under;
    // RFC 3706 §6: what number comes first is not to be known.
    const sequence = u32(under.around.environment.random(4), 0) >>> 1;
    this.#liveness = aliveAt(this.#settings, sequence, now);
    this.#keepaliveAt = this.#nextKeepalive(now);
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** When {@link time} is to be called; `null` is never. */
  get deadlines(): readonly (number | null)[] {
    return [this.#keepaliveAt, this.#askAt];
  }

  /** Something came that only the peer can have sent. */
  heard(now: number): void {
    this.#liveness = aliveAt(this.#settings, this.#liveness.sequence, now);
    this.#isSilent = false;
  }

  /** What began at `begunAt` got no answer. */
  noAnswerSince(begunAt: number): void {
    if (this.#liveness.heardAt <= begunAt) this.#isSilent = true;
  }

  /** Whether `payloads` answer a question that was not asked: an answer has its number (RFC 3706 §5.4). */
  isUnasked(payloads: Payloads): boolean {
    return payloads
      .every('notification')
      .filter(({ type }) => type === NOTIFY.R_U_THERE_ACK)
      .map(livenessSequence)
      .some((sequence) => sequence instanceof Malformed || !wasAsked(this.#liveness, sequence));
  }

  /** Sends what is due. */
  time(now: number): void {
    if (this.#keepaliveAt !== null && now >= this.#keepaliveAt) {
      this.#under.around.outbox.keepalive(this.#under.path);
      this.#keepaliveAt = this.#nextKeepalive(now);
    }
    const askAt = this.#askAt;
    if (askAt !== null && now >= askAt) this.#ask(now);
  }

  /** Asks a silent peer whether it is there, or asks no more. */
  #ask(now: number): void {
    const { sa, around } = this.#under;
    const step = whenSilent(this.#settings, this.#liveness, now);
    if (step.kind === 'dead') {
      around.tell({ kind: 'closed', sa, reason: 'dead-peer' });
      return;
    }
    this.#liveness = step.liveness;
    const question = livenessNotification(NOTIFY.R_U_THERE, sa.cookies, step.sequence);
    this.#under.inform([question], now);
  }

  get #askAt(): number | null {
    const { capabilities } = this.#under.established.agreement;
    return capabilities.deadPeerDetection ? this.#liveness.at : null;
  }

  get #settings(): DeadPeerDetection {
    return this.#under.peer.deadPeerDetection;
  }

  /** Only who is behind a NAT keeps its mapping alive. */
  #nextKeepalive(now: number): number | null {
    const { natKeepaliveSeconds } = this.#under.around.environment.configuration.timers;
    if (natKeepaliveSeconds === 0 || !this.#under.established.nat.local) return null;
    return now + natKeepaliveSeconds * 1000;
  }
}
