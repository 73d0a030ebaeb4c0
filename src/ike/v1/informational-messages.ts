/**
 * What is done at the messages of informational exchanges, which are known to be the peer's.
 *
 * @module
 */
import { IPSEC_PROTOCOLS } from '../../ipsec/policy.ts';
import { Malformed } from '../../octets/malformed.ts';
import { IKE_SPI_LENGTH } from '../../wire/ike.ts';
import type { Deletion } from '../../wire/ikev1/deletion.ts';
import { PROTOCOL_ID } from '../../wire/ikev1/ipsec-doi.ts';
import { livenessSequence, NOTIFY, type Notification } from '../../wire/ikev1/notification.ts';
import { LARGEST_ERROR, livenessNotification, notificationName } from './informational.ts';
import type { EstablishedPhase1 } from './parts.ts';
import type { Payloads } from './payloads.ts';
import { PROTOCOL_IDS } from './quick-mode/doi-numbers.ts';
import { readSpi } from './quick-mode/proposal-spi.ts';

export class InformationalMessages {
  readonly #under: EstablishedPhase1;
  #isGreeted = false;

  constructor(under: EstablishedPhase1) {
    this.#under = under;
  }

  /** Heeds the notifications and deletions in `payloads`. */
  heed(payloads: Payloads, messageId: number, now: number): void {
    for (const notification of payloads.every('notification')) {
      this.#heedNotification(notification, messageId, now);
    }
    for (const deletion of payloads.every('deletion')) this.#heedDeletion(deletion);
  }

  #heedNotification(notification: Notification, messageId: number, now: number): void {
    const { type } = notification;
    const { sa } = this.#under;
    switch (type) {
      case NOTIFY.R_U_THERE: {
        const sequence = livenessSequence(notification);
        if (sequence instanceof Malformed) {
          this.#ignore(`it is a ${sequence}`);
          return;
        }
        this.#under.inform([livenessNotification(NOTIFY.R_U_THERE_ACK, sa.cookies, sequence)], now);
        return;
      }
      case NOTIFY.R_U_THERE_ACK:
        // That it came is all there is to know.
        return;
      case NOTIFY.INITIAL_CONTACT:
        // Many may know the key of phase 1 who have yet to say who they are.
        if (!this.#under.isReady) return;
        if (!this.#isGreeted) this.#under.around.tell({ kind: 'initial-contact', sa });
        this.#isGreeted = true;
        return;
      case NOTIFY.CONNECTED:
        for (const exchange of this.#under.exchanges) exchange.connected(now);
        return;
      default:
        if (type > LARGEST_ERROR) return;
        this.#heedError(type, notification, messageId, now);
    }
  }

  /** An error is about the quick mode whose SPI, or whose message ID, it names. */
  #heedError(type: number, { spi }: Notification, messageId: number, now: number): void {
    const name = notificationName(type);
    for (const exchange of this.#under.exchanges) {
      const isMeant = exchange.channel.messageId === messageId || exchange.hasSpi(spi);
      if (isMeant && exchange.refused(name, now)) return;
    }
    const waiting = [...this.#under.exchanges].filter((exchange) => exchange.isWaiting);
    const [only] = waiting;
    if (waiting.length === 1 && only?.refused(name, now)) return;
    this.#ignore(`${name} is about nothing that is under way`);
  }

  #heedDeletion({ protocolId, spis }: Deletion): void {
    const { sa } = this.#under;
    if (protocolId !== PROTOCOL_ID.ISAKMP) {
      if (!this.#under.isReady) return;
      const protocol = IPSEC_PROTOCOLS.find((each) => PROTOCOL_IDS[each] === protocolId);
      if (protocol === undefined) return;
      const numbers = spis.flatMap((spi) => readSpi(protocol, spi) ?? []);
      this.#under.around.tell({ kind: 'sas-deleted', sa, protocol, spis: numbers });
      return;
    }
    for (const spi of spis) {
      if (spi.length !== 2 * IKE_SPI_LENGTH) continue;
      const cookies = { CKY_I: spi.slice(0, IKE_SPI_LENGTH), CKY_R: spi.slice(IKE_SPI_LENGTH) };
      this.#under.around.tell({ kind: 'phase1-deleted', sa, cookies });
    }
  }

  #ignore(reason: string): void {
    const { around, path } = this.#under;
    around.outbox.event({ kind: 'ignored', path, reason });
  }
}
