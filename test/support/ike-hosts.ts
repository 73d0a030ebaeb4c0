/**
 * Hosts that speak IKE with one another over a network that may lose, repeat and reorder what they send,
 * by a clock that only the test moves.
 *
 * @module
 */
import { nodeProvider } from '../../src/crypto/node-provider.ts';
import { CredentialFault } from '../../src/ike/credential-fault.ts';
import type { Credentials } from '../../src/ike/credentials.ts';
import { IkeEndpoint } from '../../src/ike/endpoint.ts';
import type { IkeEvent } from '../../src/ike/event.ts';
import type { IkeInput } from '../../src/ike/input.ts';
import type { IkeOutput } from '../../src/ike/output.ts';
import type { Path } from '../../src/ike/path.ts';
import { keyFor, type PreSharedKey } from '../../src/ike/pre-shared-keys.ts';
import type { Answer, Question } from '../../src/ike/question.ts';
import { MESSAGE_CIPHER_LENGTH } from '../../src/ike/v1/message-cipher.ts';
import { Databases } from '../../src/ipsec/databases.ts';
import type { Policy } from '../../src/ipsec/policy.ts';
import { formatIpAddress, type IpAddress } from '../../src/net/ip-address.ts';
import { toHex } from '../../src/octets/hex.ts';
import { ikeOf } from './ike-peers.ts';

/** What the network does with a datagram: how long each copy of it takes, in milliseconds. */
export type Fate = (datagram: Uint8Array, path: Path) => readonly number[];

/** Every datagram arrives once, after ten milliseconds. */
export const FAITHFUL: Fate = () => [10];

export interface HostSettings {
  /** `10.9.0.1` */
  readonly address: IpAddress;
  /** What racoon.conf says. */
  readonly racoon: string;
  readonly preSharedKeys: readonly PreSharedKey[];
  /** In the place of `preSharedKeys`, where there are certificates. */
  readonly credentials?: Credentials;
  /** When the test begins, in milliseconds since 1970; certificates are looked at by it. */
  readonly epoch?: number;
  readonly policies: readonly Policy[];
  /** What clients are greeted with. */
  readonly banner?: string;
  /** The passwords of users. */
  readonly passwords?: Readonly<Record<string, string>>;
}

/** A host: IKE, and tables in the place of a kernel. */
export class IkeHost {
  readonly address: IpAddress;
  readonly endpoint: IkeEndpoint;
  readonly databases = new Databases(nodeProvider({ octets: new Uint8Array(0) }));
  readonly events: IkeEvent[] = [];

  readonly #passwords: Readonly<Record<string, string>>;

  constructor(settings: HostSettings, random: (length: number) => Uint8Array) {
    this.address = settings.address;
    this.#passwords = settings.passwords ?? {};
    const environment = {
      configuration: ikeOf(settings.racoon),
      credentials: settings.credentials ?? sharedKeysOnly(settings.preSharedKeys),
      banner: settings.banner ?? null,
      crypto: nodeProvider({ octets: new Uint8Array(MESSAGE_CIPHER_LENGTH) }),
      random,
    };
    this.endpoint = new IkeEndpoint(environment, settings.epoch ?? 0);
    const changes = settings.policies.map((policy) => ({ kind: 'add-policy', policy }) as const);
    this.databases.commit(changes, 0, () => undefined);
  }

  /** Events of that kind, in their order. */
  told<K extends IkeEvent['kind']>(kind: K): readonly Extract<IkeEvent, { readonly kind: K }>[] {
    return this.events.filter(
      (event): event is Extract<IkeEvent, { kind: K }> => event.kind === kind,
    );
  }

  /** What the tables say to `question`. */
  answer(question: Question, now: number): Answer {
    try {
      switch (question.kind) {
        case 'spis': {
          const spis = question.requests.map(
            (request) => this.databases.allocateSpi(request, now).parameters.spi,
          );
          return { kind: 'spis', spis };
        }
        case 'policies':
          return {
            kind: 'policies',
            policies: [...this.databases.policies(question.including ?? undefined)],
          };
        case 'commit':
          this.databases.commit(question.changes, now, () => undefined);
          return { kind: 'committed' };
        case 'password':
          return this.#checkPassword(question);
      }
    } catch (error) {
      return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Who is let in is in the group `staff`. */
  #checkPassword({ user, password }: Extract<Question, { kind: 'password' }>): Answer {
    const accepted = Buffer.from(password.expose()).toString() === this.#passwords[user];
    password.zeroise();
    return { kind: 'password', accepted, groups: accepted ? ['staff'] : [] };
  }
}

/** So many things may happen at one time. */
const MOST_AT_ONCE = 2000;

/** What is going to happen, and when. */
interface Happening {
  readonly at: number;
  readonly order: number;
  readonly host: IkeHost;
  readonly input: IkeInput;
}

export class IkeNetwork {
  /** In milliseconds. */
  now = 0;
  fate: Fate = FAITHFUL;
  /** Every message that was sent, in order. */
  readonly sent: { readonly from: IkeHost; readonly path: Path; readonly datagram: Uint8Array }[] =
    [];
  readonly #hosts = new Map<string, IkeHost>();
  readonly #others = new Map<string, IkeHost>();
  #happenings: Happening[] = [];
  #count = 0;

  /** In the place of another with the same address, which hears of nothing any more. */
  add(host: IkeHost): void {
    const name = formatIpAddress(host.address);
    const gone = this.#hosts.get(name);
    this.#happenings = this.#happenings.filter((each) => each.host !== gone);
    this.#hosts.set(name, host);
    host.databases.watch((event) => {
      if (event.kind === 'sa-expired') this.soon(host, { kind: 'expired', expired: event });
      if (event.kind === 'sa-deleted')
        this.soon(host, { kind: 'sa-deleted', id: event.parameters });
    });
  }

  /** Gives a host that was added one address more. */
  alsoAt(address: IpAddress, host: IkeHost): void {
    this.#others.set(formatIpAddress(address), host);
  }

  /** Has `host` take `input` after `delay` milliseconds. */
  soon(host: IkeHost, input: IkeInput, delay = 0): void {
    this.#happenings.push({ at: this.now + delay, order: this.#count++, host, input });
  }

  /** Lets time pass until `until`, or until nothing more can happen before. */
  run(until: number): void {
    let steps = 0;
    for (;;) {
      const next = this.#next(until);
      if (next === null) break;
      // What does the same over and over has no end of its own.
      steps = next.at > this.now ? 0 : steps + 1;
      if (steps > MOST_AT_ONCE) throw new Error(`Still ${next.input.kind} at ${this.now}`);
      this.now = Math.max(this.now, next.at);
      this.#outputs(next.host, next.host.endpoint.take(next.input, this.now));
    }
    this.now = Math.max(this.now, until);
  }

  /** The clock jumps: what was to happen meanwhile happens late. */
  jump(milliseconds: number): void {
    this.now += milliseconds;
  }

  /** What happens first, if it happens by `until`. */
  #next(until: number): Pick<Happening, 'at' | 'host' | 'input'> | null {
    for (;;) {
      const first = this.#happenings.reduce<Happening | null>(
        (best, each) =>
          best === null || each.at < best.at || (each.at === best.at && each.order < best.order)
            ? each
            : best,
        null,
      );
      const deadline = this.#earliestDeadline();
      const expiry = Math.floor(this.now / 1000 + 1) * 1000;
      const at = Math.min(
        first?.at ?? Number.POSITIVE_INFINITY,
        deadline?.at ?? Number.POSITIVE_INFINITY,
      );
      // Lifetimes are looked at every second, as kernels do.
      if (Math.min(at, until) >= expiry) {
        this.now = expiry;
        for (const host of this.#hosts.values()) host.databases.tellExpired(expiry);
        continue;
      }
      if (at > until) return null;
      if (first !== null && first.at === at) {
        this.#happenings = this.#happenings.filter((each) => each !== first);
        return first;
      }
      return deadline;
    }
  }

  #earliestDeadline(): Pick<Happening, 'at' | 'host' | 'input'> | null {
    let best: { readonly at: number; readonly host: IkeHost } | null = null;
    for (const host of this.#hosts.values()) {
      const at = host.endpoint.deadline();
      if (at !== null && (best === null || at < best.at)) best = { at, host };
    }
    return best && { ...best, input: { kind: 'time' } };
  }

  #outputs(host: IkeHost, outputs: readonly IkeOutput[]): void {
    for (const output of outputs) {
      switch (output.kind) {
        case 'event':
          host.events.push(output.event);
          break;
        case 'ask': {
          const answer = host.answer(output.question, this.now);
          this.soon(host, { kind: 'answer', number: output.number, answer }, 1);
          break;
        }
        case 'transmit':
          this.#transmit(host, output.path, output.datagram);
          break;
        case 'keepalive':
          break;
      }
    }
  }

  #transmit(from: IkeHost, path: Path, datagram: Uint8Array): void {
    this.sent.push({ from, path, datagram });
    const name = formatIpAddress(path.remote.address);
    const to = this.#hosts.get(name) ?? this.#others.get(name);
    if (to === undefined) return;
    for (const delay of this.fate(datagram, path)) {
      const turned = { local: path.remote, remote: path.local };
      this.soon(to, { kind: 'datagram', path: turned, octets: datagram.slice() }, delay);
    }
  }
}

/** Credentials of hosts that have no certificates. */
export function sharedKeysOnly(keys: readonly PreSharedKey[]): Credentials {
  const none = new CredentialFault({ kind: 'nothing-to-sign-with' });
  return {
    preSharedKey(identities) {
      for (const identity of identities) {
        const found = keyFor(keys, identity);
        if (found !== undefined) return found;
      }
      return new CredentialFault({ kind: 'no-shared-key', identities });
    },
    ownCertificates: () => none,
    authorities: () => none,
    isIssuedBy: () => false,
    ownName: () => none,
    keyId: () => none,
    sign: () => none,
    verify: () => none,
    nameMatches: () => false,
    nameText: toHex,
  };
}
