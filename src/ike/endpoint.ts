/**
 * IKE on one host: every negotiation with every peer.
 *
 *     input ─► endpoint ─┬─ datagram, by its cookies ─► the phase 1 that has them, or a new one
 *                        ├─ acquire, soft expiry ─► negotiator ─► quick mode
 *                        ├─ hard expiry ─► child-keeper
 *                        └─ answer ─► whoever has asked
 *     outputs ◄─ outbox        phase1-keeper ◄─ news of what each phase 1 comes to
 *
 * It has no clock, socket or file: what happens comes in as values, and what is to be done goes out.
 *
 * @module
 */
import type { Acquire, SaExpired } from '../ipsec/events.ts';
import type { SaId } from '../ipsec/sa-parameters.ts';
import { selectorKey } from '../ipsec/selector.ts';
import { type IpAddress, isMulticast, sameAddress } from '../net/ip-address.ts';
import { Malformed } from '../octets/malformed.ts';
import { IKE_SPI_LENGTH } from '../wire/ike.ts';
import { type IsakmpMessage, parseIsakmpMessage } from '../wire/ikev1/message.ts';
import { ChildKeeper } from './child-keeper.ts';
import type { IkeEnvironment } from './environment.ts';
import type { IkeCommand, IkeInput } from './input.ts';
import { floated } from './local-ports.ts';
import { Negotiator } from './negotiator.ts';
import { Outbox } from './outbox.ts';
import type { IkeOutput } from './output.ts';
import type { Path } from './path.ts';
import { isSamePeerSetting, type Peer } from './peer.ts';
import { Phase1Keeper } from './phase1-keeper.ts';
import type { IkeStatus } from './status.ts';
import { IsakmpSa } from './v1/isakmp-sa.ts';
import type { News, Surroundings } from './v1/parts.ts';
import { Payloads } from './v1/payloads.ts';
import { modeOfExchange } from './v1/phase1/phase1.ts';
import { noPeer, peerAt, peerNamed } from './v1/phase1/select-peer.ts';
import { SaTable } from './v1/sa-table.ts';
import { statusOf } from './v1/status.ts';
import { GivenByServer } from './v1/transaction/given-by-server.ts';

/** Numbers beyond are the kernel's to give (as racoon has it). */
const MOST_REQIDS = 16_383;

export class IkeEndpoint {
  #environment: IkeEnvironment;
  readonly #outbox = new Outbox();
  readonly #sas = new SaTable();
  readonly #children = new ChildKeeper(this.#outbox);
  readonly #negotiator: Negotiator;
  readonly #keeper: Phase1Keeper;
  readonly #around: Surroundings;
  #news: News[] = [];
  #lastReqid = 0;

  /** `epoch` is the milliseconds since the epoch at 0 of the clock that comes in with {@link take}. */
  constructor(environment: IkeEnvironment, epoch: number) {
    this.#environment = environment;
    const current = () => this.#environment;
    const given = new GivenByServer();
    this.#around = {
      get environment() {
        return current();
      },
      outbox: this.#outbox,
      epoch,
      get server() {
        const { configuration, banner } = current();
        return given.by({ modeConfig: configuration.modeConfig, banner });
      },
      tell: (news) => this.#news.push(news),
      heed: (sa) => this.#sas.heed(sa),
      newReqid: () => {
        this.#lastReqid = (this.#lastReqid % MOST_REQIDS) + 1;
        return this.#lastReqid;
      },
      floated: (path) => floated(path, current().configuration.listen),
    };
    this.#negotiator = new Negotiator(this.#around, this.#sas);
    this.#keeper = new Phase1Keeper(this.#outbox, this.#sas, this.#children, this.#negotiator);
  }

  /** Takes what has happened, at `now` in milliseconds of a clock that never goes back. */
  take(input: IkeInput, now: number): readonly IkeOutput[] {
    this.#take(input, now);
    for (let news = this.#news.shift(); news !== undefined; news = this.#news.shift()) {
      this.#keeper.heed(news, now);
    }
    return this.#outbox.take();
  }

  /** When `{ kind: 'time' }` is to be taken; `null` when nothing waits for it. */
  deadline(): number | null {
    const { deadline } = this.#sas;
    const least = Math.min(deadline, this.#negotiator.deadline, this.#children.deadline);
    return least === Number.POSITIVE_INFINITY ? null : least;
  }

  /** The certificate in DER that the peer between these addresses has proved to be its own. */
  certificateOf(local: IpAddress, remote: IpAddress): Uint8Array | null {
    const those = this.#sas
      .with(remote)
      .filter(({ path }) => sameAddress(path.local.address, local));
    return those.at(-1)?.under?.established.authenticated.certified?.certificate ?? null;
  }

  status(): IkeStatus {
    return { phase1: [...this.#sas].map((sa) => statusOf(sa, this.#children, this.#around.epoch)) };
  }

  #take(input: IkeInput, now: number): void {
    switch (input.kind) {
      case 'datagram':
        this.#receive(input.path, input.octets, now);
        return;
      case 'answer':
        this.#outbox.answered(input.number, input.answer, now);
        return;
      case 'acquire':
        this.#acquire(input.acquire, now);
        return;
      case 'expired':
        this.#expired(input.expired, now);
        return;
      case 'sa-deleted':
        this.#ended(input.id, now);
        return;
      case 'configuration':
        this.#reconfigure(input, now);
        return;
      case 'command':
        this.#command(input.command, now);
        return;
      case 'time':
        this.#negotiator.time(now);
        for (const request of this.#children.due(now)) this.#negotiator.negotiate(request, now);
        for (const sa of this.#sas.takeDue(now)) sa.time(now);
    }
  }

  #receive(path: Path, octets: Uint8Array, now: number): void {
    const message = parseIsakmpMessage(octets);
    if (message instanceof Malformed) {
      this.#ignore(path, `it is a ${message}`);
      return;
    }
    const { initiatorCookie: CKY_I, responderCookie: CKY_R } = message.header;
    const sa = this.#sas.find({ CKY_I, CKY_R }, path);
    if (sa !== undefined) {
      sa.receive(path, octets, message, now);
      return;
    }
    if (CKY_R.some((octet) => octet !== 0)) {
      this.#ignore(path, 'its cookies are unknown');
      return;
    }
    this.#beginAnswer(path, octets, message, now);
  }

  /** A first message. */
  #beginAnswer(path: Path, octets: Uint8Array, message: IsakmpMessage, now: number): void {
    const { header, content } = message;
    const mode = modeOfExchange(header.exchangeType);
    if (mode === undefined || header.messageId !== 0 || header.flags !== 0) {
      this.#ignore(path, 'it begins no phase 1');
      return;
    }
    const payloads = Payloads.read(header.nextPayload, content);
    if (payloads instanceof Malformed) {
      this.#ignore(path, `it is a ${payloads}`);
      return;
    }
    const inTheWay = this.#sas.inTheWayOf(path.remote.address);
    if (inTheWay !== null) this.#keeper.forget(inTheWay);
    const CKY_R = this.#environment.random(IKE_SPI_LENGTH);
    const cookies = { CKY_I: header.initiatorCookie.slice(), CKY_R };
    const sa = new IsakmpSa(this.#around, 'responder', mode, cookies, path, now);
    this.#sas.add(sa);
    const opened = { payloads, enciphered: false, flags: header.flags, nextIv: null };
    sa.answer(octets, opened, now);
  }

  /** Peers that are in both do not notice; those that are no more, or something else, are told goodbye. */
  #reconfigure({ configuration, credentials, banner }: NewConfiguration, now: number): void {
    this.#environment = { ...this.#environment, configuration, credentials, banner };
    // By its timers, deadlines may be nearer.
    for (const sa of this.#sas) this.#sas.heed(sa);
    const stays = (peer: Peer) => configuration.peers.some((each) => isSamePeerSetting(each, peer));
    this.#keeper.dismiss(
      [...this.#sas].filter(({ peer }) => peer !== null && !stays(peer)),
      now,
    );
  }

  /** A packet waits. */
  #acquire({ policy, source, destination, selector }: Acquire, now: number): void {
    // Nobody negotiates with a group (RFC 4301 §4.1).
    if (isMulticast(destination)) return;
    const ends = { local: source, remote: destination };
    this.#negotiator.negotiate({ policy, packet: selector, peerIdentity: null, ...ends }, now);
  }

  #expired(expired: SaExpired, now: number): void {
    if (expired.limit === 'hard') {
      this.#ended(expired.parameters, now);
      return;
    }
    const request = this.#children.replacementFor(expired, now);
    if (request !== null) this.#negotiator.negotiate(request, now);
  }

  /** An SA is no more, and the peer is to know. */
  #ended(id: SaId, now: number): void {
    const child = this.#children.ended(id);
    if (child !== null) this.#keeper.sayDeleted([child], now);
  }

  #command(command: IkeCommand, now: number): void {
    switch (command.kind) {
      case 'establish-phase1':
        this.#establish(command, now);
        return;
      case 'establish-phase2':
        this.#establishChild(command);
        return;
      case 'delete-phase1': {
        const { local, remote } = command;
        const those = this.#sas.with(remote.address);
        this.#keeper.dismiss(
          those.filter(
            ({ path }) => local === null || sameAddress(path.local.address, local.address),
          ),
          now,
        );
        return;
      }
      case 'flush-phase1':
        this.#keeper.dismiss([...this.#sas], now);
        return;
      case 'shut-down':
        this.#keeper.sayDeleted([...this.#children], now);
        this.#children.remove([...this.#children]);
        this.#keeper.dismiss([...this.#sas], now);
    }
  }

  #establish({ local, remote, name, login }: CommandOf<'establish-phase1'>, now: number): void {
    const { peers } = this.#environment.configuration;
    const peer = (name === null ? undefined : peerNamed(peers, name)) ?? peerAt(peers, remote);
    if (peer === undefined) {
      const failure = noPeer(peers, remote, null);
      this.#outbox.event({ kind: 'phase2-failed', phase1: null, selector: null, failure });
      return;
    }
    this.#negotiator.begin(peer, { local, remote }, login, now);
  }

  /** Negotiates for the outbound policy that has the selector. */
  #establishChild({ local, remote, selector }: CommandOf<'establish-phase2'>): void {
    this.#outbox.ask({ kind: 'policies', including: selector }, (answer, now) => {
      const policies = answer.kind === 'policies' ? answer.policies : [];
      const found = policies.find(
        ({ policy }) =>
          policy.direction === 'outbound' && selectorKey(policy.selector) === selectorKey(selector),
      );
      if (found === undefined) {
        const failure = { kind: 'no-policy', selector } as const;
        return this.#outbox.event({ kind: 'phase2-failed', phase1: null, selector, failure });
      }
      const { policy } = found;
      this.#negotiator.negotiate({ policy, packet: null, peerIdentity: null, local, remote }, now);
    });
  }

  #ignore(path: Path, reason: string): void {
    this.#outbox.event({ kind: 'ignored', path, reason });
  }
}

type NewConfiguration = Extract<IkeInput, { readonly kind: 'configuration' }>;
type CommandOf<K extends IkeCommand['kind']> = Extract<IkeCommand, { readonly kind: K }>;
