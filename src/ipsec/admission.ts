/**
 * Admission (RFC 4301 §5.2, step 4): whether the host may see what is left of an inbound packet when all
 * its layers are off.
 *
 * @module
 */
import type { IpHeader } from '../wire/ip.ts';
import type { Instant } from './backend.ts';
import type { Databases } from './databases.ts';
import type { DiscardReason } from './discard-reason.ts';
import type { Packet } from './packet.ts';
import type { Template } from './policy.ts';
import type { Sa } from './sa.ts';
import type { SaStack } from './sa-stack.ts';
import { satisfies } from './satisfaction.ts';
import { SpdEntry } from './spd-entry.ts';
import { newTraffic, readTraffic } from './traffic.ts';

/** What became of an inbound packet; a {@link DiscardReason} says that nobody may see it. */
export type InboundVerdict = 'deliver' | DiscardReason;

const NO_TEMPLATES: readonly Template[] = [];

export class Admission {
  readonly #databases: Databases;
  readonly #traffic = newTraffic();
  #entry: SpdEntry | null = null;

  constructor(databases: Databases) {
    this.#databases = databases;
  }

  /** What the SPD said of the packet judged last; `null` when it does not speak of it. */
  get entry(): SpdEntry | null {
    return this.#entry;
  }

  /**
   * Whether the policy for `packet`, with `header`, is content with the `layers` it had. Linux asks
   * the inbound policies about packets for this host and the forward policies about those for
   * others; here the latter are asked where none of the former speaks of the packet.
   */
  judge(
    packet: Packet,
    header: IpHeader,
    layers: Readonly<SaStack<Sa>>,
    now: Instant,
  ): InboundVerdict {
    readTraffic(this.#traffic, packet.memory.octets, header, false);
    const { spd } = this.#databases;
    const entry = spd.lookup('inbound', this.#traffic) ?? spd.lookup('forward', this.#traffic);
    this.#entry = entry instanceof SpdEntry ? entry : null;
    // As Linux does: what no policy speaks of is admitted, unless it came through a tunnel.
    if (entry === undefined) return satisfies(layers, NO_TEMPLATES) ? 'deliver' : 'in-no-pols';
    if (entry === 'hidden') return 'in-tmpl-mismatch';
    entry.use(now);
    const { action } = entry.policy;
    switch (action.kind) {
      case 'bypass':
        return satisfies(layers, NO_TEMPLATES) ? 'deliver' : 'in-tmpl-mismatch';
      case 'discard':
        return 'in-pol-block';
      case 'protect':
        return satisfies(layers, action.templates) ? 'deliver' : 'in-tmpl-mismatch';
    }
  }
}
