/**
 * News of rules, of nf_tables and of routing, and of devices: that somebody changed some, whatever it was.
 *
 * @module
 */
import { RTNLGRP_LINK } from '../../netlink/link.ts';
import { NFNLGRP_NFTABLES } from '../../netlink/nftables.ts';
import { RULE_GROUPS } from '../../netlink/route.ts';
import { NETLINK, NetlinkSocket } from '../netlink-socket.ts';
import type { Readiness } from '../readiness.ts';

export class RuleChanges {
  readonly #filtering = new NetlinkSocket(NETLINK.NETFILTER);
  readonly #routing = new NetlinkSocket(NETLINK.ROUTE);

  /** Listens from now on. Throws a `SystemError`. */
  constructor() {
    this.#filtering.join(NFNLGRP_NFTABLES);
    for (const group of [RTNLGRP_LINK, ...RULE_GROUPS]) this.#routing.join(group);
  }

  /** To wait for. */
  get descriptors(): readonly number[] {
    return [this.#filtering.fd, this.#routing.fd];
  }

  /** Whether rules of nf_tables were changed since it was asked last, by anybody but in {@link unheard}. */
  ofFiltering(readiness: Pick<Readiness, 'found'>): boolean {
    return readiness.found(this.#filtering.fd) && this.#filtering.wasTold();
  }

  /** Whether rules of routing were, or a device: one that is set down loses its routes. */
  ofRouting(readiness: Pick<Readiness, 'found'>): boolean {
    return readiness.found(this.#routing.fd) && this.#routing.wasTold();
  }

  /**
   * Does `change`, of rules of nf_tables, without hearing of it: that would be a message for each of them. Nor of
   * what others change meanwhile: look at once whether it is all there.
   */
  unheard(change: () => void): void {
    this.#filtering.leave(NFNLGRP_NFTABLES);
    try {
      change();
    } finally {
      this.#filtering.join(NFNLGRP_NFTABLES);
    }
  }

  close(): void {
    this.#filtering.close();
    this.#routing.close();
  }
}
