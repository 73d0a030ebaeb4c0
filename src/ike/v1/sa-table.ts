/**
 * Every phase 1 there is, by its cookies and by its peer; and how many there may be of those whose
 * initiator has not shown yet that he gets what is sent to his address.
 *
 * @module
 */
import { formatIpAddress, type IpAddress, sameAddress } from '../../net/ip-address.ts';
import { toHex } from '../../octets/hex.ts';
import { sameOctets } from '../../octets/octets.ts';
import { Agenda } from '../agenda.ts';
import { Groups } from '../groups.ts';
import type { Path } from '../path.ts';
import type { Cookies } from './key-material.ts';
import type { Phase1Sa } from './parts.ts';

/**
 * A first message costs its sender nothing, and us some memory. When there are so many who have sent no
 * more than that, the oldest is forgotten for the newest: who means it goes on before that.
 */
const MOST_HALF_OPEN = 1000;
/** Of one address, which may be one that somebody else writes on his messages. */
const MOST_HALF_OPEN_OF_ADDRESS = 20;

export class SaTable {
  /** By the initiator's cookie; several hosts may have chosen the same. */
  readonly #byCookie = new Groups<Phase1Sa>();
  readonly #byRemote = new Groups<Phase1Sa>();
  /** Where each was added: peers behind a NAT move. */
  readonly #remotes = new Map<Phase1Sa, string>();
  /** The oldest first. */
  readonly #halfOpen = new Set<Phase1Sa>();
  readonly #agenda = new Agenda<Phase1Sa>();

  [Symbol.iterator](): IterableIterator<Phase1Sa> {
    return this.#byCookie[Symbol.iterator]();
  }

  /**
   * The one that a message with `cookies` from there is for. A responder's cookie of zeros is in a first
   * message, or one that comes again.
   */
  find({ CKY_I, CKY_R }: Cookies, { remote }: Path): Phase1Sa | undefined {
    return this.#byCookie.of(toHex(CKY_I)).find((sa) => {
      const own = sa.cookies.CKY_R;
      if (isZero(CKY_R)) return sameAddress(sa.path.remote.address, remote.address);
      return isZero(own) || sameOctets(CKY_R, own);
    });
  }

  /** The one with exactly these cookies. */
  withCookies({ CKY_I, CKY_R }: Cookies): Phase1Sa | undefined {
    return this.#byCookie.of(toHex(CKY_I)).find(({ cookies }) => sameOctets(cookies.CKY_R, CKY_R));
  }

  /** All that there are with a peer at `remote`, the newest last. */
  with(remote: IpAddress): readonly Phase1Sa[] {
    return this.#byRemote.of(formatIpAddress(remote));
  }

  /** Who has to go for one more from `remote`; `null` when there is room. */
  inTheWayOf(remote: IpAddress): Phase1Sa | null {
    const ofAddress = this.with(remote).filter((sa) => sa.isHalfOpen);
    if (ofAddress.length >= MOST_HALF_OPEN_OF_ADDRESS) return ofAddress[0] ?? null;
    if (this.#halfOpen.size < MOST_HALF_OPEN) return null;
    const [oldest = null] = this.#halfOpen;
    return oldest;
  }

  /** The earliest deadline of all; infinite when there is none. */
  get deadline(): number {
    return this.#agenda.next;
  }

  /** Heeds what has become of `sa`: its deadline may be nearer than it was. */
  heed(sa: Phase1Sa): void {
    if (sa.isClosed) return;
    if (!sa.isHalfOpen) this.#halfOpen.delete(sa);
    this.#agenda.note(sa);
  }

  /** Those whose deadlines have come at `now`. They are to be heeded again. */
  takeDue(now: number): readonly Phase1Sa[] {
    const due: Phase1Sa[] = [];
    for (let sa = this.#agenda.take(now); sa !== undefined; sa = this.#agenda.take(now)) {
      due.push(sa);
    }
    return due;
  }

  add(sa: Phase1Sa): void {
    this.#byCookie.add(toHex(sa.cookies.CKY_I), sa);
    const remote = formatIpAddress(sa.path.remote.address);
    this.#byRemote.add(remote, sa);
    this.#remotes.set(sa, remote);
    if (sa.role === 'responder') this.#halfOpen.add(sa);
  }

  remove(sa: Phase1Sa): void {
    this.#byCookie.remove(toHex(sa.cookies.CKY_I), sa);
    this.#halfOpen.delete(sa);
    this.#agenda.forget(sa);
    this.#byRemote.remove(this.#remotes.get(sa) ?? '', sa);
    this.#remotes.delete(sa);
  }
}

function isZero(cookie: Uint8Array): boolean {
  return cookie.every((octet) => octet === 0);
}
