/**
 * The payloads of a message, read, and looked at by their kinds: a grammar says which a message must have,
 * and what handles it finds them.
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { type Payload, parsePayload } from '../../wire/ikev1/payload.ts';
import { parsePayloadChain, type RawPayload } from '../../wire/ikev1/payload-chain.ts';

export type PayloadKind = Payload['kind'];
type OfKind<K extends PayloadKind> = Extract<Payload, { readonly kind: K }>;

/** A payload as octets and as what they mean. */
export interface ReadPayload<P extends Payload = Payload> {
  readonly raw: RawPayload;
  readonly payload: P;
}

/** What a message of an exchange must have, once each, and how often it may have what else. */
export interface Grammar {
  readonly required: readonly PayloadKind[];
  /** Once at most. */
  readonly optional: readonly PayloadKind[];
}

/** All payloads of a message, in their order. */
export class Payloads {
  readonly all: readonly ReadPayload[];

  constructor(all: readonly ReadPayload[]) {
    this.all = all;
  }

  /** Reads the payloads in `content`, of which the first is of type `first`; octets are views. */
  static read(first: number, content: Uint8Array): Parsed<Payloads> {
    const chain = parsePayloadChain(first, content);
    if (chain instanceof Malformed) return chain;
    const all: ReadPayload[] = [];
    for (const raw of chain.payloads) {
      const payload = parsePayload(raw);
      if (payload instanceof Malformed) return payload;
      all.push({ raw, payload });
    }
    return new Payloads(all);
  }

  /** Every payload of that kind. */
  every<K extends PayloadKind>(kind: K): readonly OfKind<K>[] {
    return this.all.map(({ payload }) => payload).filter((each) => isOf(each, kind));
  }

  /** The first of that kind. */
  find<K extends PayloadKind>(kind: K): OfKind<K> | undefined {
    return this.every(kind)[0];
  }

  /** The one of that kind; a bug when no grammar has seen to it. */
  the<K extends PayloadKind>(kind: K): OfKind<K> {
    const found = this.find(kind);
    if (found === undefined) throw new Error(`Bug: no payload ${kind}`);
    return found;
  }

  /** The body of the one of that kind: `SAi_b` and the like. A copy, to be kept. */
  bodyOf(kind: PayloadKind): Uint8Array {
    const found = this.all.find(({ payload }) => payload.kind === kind);
    if (found === undefined) throw new Error(`Bug: no payload ${kind}`);
    return found.raw.body.slice();
  }

  /** Why the message is not what `grammar` says, as a clause; `null` when it is. */
  against(grammar: Grammar): string | null {
    for (const kind of grammar.required) {
      const count = this.every(kind).length;
      if (count === 0) return `it has no ${words(kind)} payload`;
      if (count > 1) return `it has ${count} ${words(kind)} payloads`;
    }
    for (const kind of grammar.optional) {
      const count = this.every(kind).length;
      if (count > 1) return `it has ${count} ${words(kind)} payloads`;
    }
    return null;
  }
}

function isOf<K extends PayloadKind>(payload: Payload, kind: K): payload is OfKind<K> {
  return payload.kind === kind;
}

function words(kind: PayloadKind): string {
  return kind.replaceAll('-', ' ');
}
