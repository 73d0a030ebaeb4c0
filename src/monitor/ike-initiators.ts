/**
 * Who began which IKE SA: messages of version 1 do not say it (RFC 2408 §3.1), but the first one has
 * no responder's cookie yet. Remembers as many as tcpdump does.
 *
 * @module
 */
import { sameAddress } from '../net/ip-address.ts';
import { sameOctets } from '../octets/octets.ts';
import type { PacketAddress } from './address-table.ts';
import type { IkeLayer, Ipv4Layer, Ipv6Layer } from './layer.ts';

const MOST_KEPT = 20;

interface Beginning {
  readonly cookie: Uint8Array;
  readonly initiator: PacketAddress;
  readonly responder: PacketAddress;
}

/** By whom a message was sent. */
export type IkeSender = 'initiator' | 'responder' | 'unknown';

export class IkeInitiators {
  readonly #kept: Beginning[] = [];
  #next = 0;

  /** Who sent `message` in `ip`. The first message of an SA is remembered. */
  senderOf(message: IkeLayer, ip: Ipv4Layer | Ipv6Layer): IkeSender {
    const { source, destination } = ip;
    if (message.initiatorSpi.every((octet) => octet === 0)) return 'unknown';
    const known = this.#kept.find(({ cookie }) => sameOctets(cookie, message.initiatorSpi));
    if (known === undefined) {
      if (message.responderSpi.some((octet) => octet !== 0)) return 'unknown';
      this.#kept[this.#next] = {
        cookie: message.initiatorSpi.slice(),
        initiator: source,
        responder: destination,
      };
      this.#next = (this.#next + 1) % MOST_KEPT;
      return 'initiator';
    }
    const { initiator, responder } = known;
    if (sameAddress(initiator, source) && sameAddress(responder, destination)) return 'initiator';
    const back = sameAddress(responder, source) && sameAddress(initiator, destination);
    return back ? 'responder' : 'unknown';
  }
}
