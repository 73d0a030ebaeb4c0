/**
 * A setkey file as all rules see it: what it does, and its statements beside it.
 *
 * @module
 */
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../../crypto/algorithm.ts';
import { fingerprint } from '../../../crypto/fingerprint.ts';
import type { Secret } from '../../../crypto/secret.ts';
import type { IpAddress } from '../../../net/ip-address.ts';
import { isHostPrefix } from '../../../net/prefix.ts';
import type { Step } from '../../setkey/compile.ts';
import type { CompileContext } from '../../setkey/compile-context.ts';
import type { AddStatement, AlgorithmClause, Key, Statement } from '../../setkey/syntax.ts';
import type { SourceText } from '../../source.ts';
import type { FileFacts } from '../rule.ts';
import { changesOf, LoadedSetkey, type PlacedSa } from './loaded-setkey.ts';

/** A statement and what became of it. */
export interface CompiledStatement {
  readonly statement: Statement;
  readonly step: Step;
}

/** An `add` and the SA that it makes: the first, where host names make several. */
export interface CompiledAdd extends PlacedSa {
  readonly statement: AddStatement;
}

/** A key as it is written, and what it is. */
export interface PlacedKey {
  readonly text: Key;
  readonly clause: AlgorithmClause;
  readonly algorithm: EncryptionAlgorithm | IntegrityAlgorithm;
  readonly secret: Secret;
  /** Of its octets. */
  readonly fingerprint: string;
}

export class CheckedSetkey extends LoadedSetkey {
  readonly source: SourceText;
  readonly facts: FileFacts;
  readonly statements: readonly CompiledStatement[];
  #adds: readonly CompiledAdd[] | null = null;
  #keys: readonly PlacedKey[] | null = null;

  /** `statements` must be those that `steps` were made from, one for each. */
  constructor(
    source: SourceText,
    facts: FileFacts,
    statements: readonly Statement[],
    steps: readonly Step[],
    context: CompileContext,
  ) {
    super(steps, context);
    this.source = source;
    this.facts = facts;
    this.statements = steps.flatMap((step, at) => {
      const statement = statements[at];
      return statement === undefined ? [] : [{ statement, step }];
    });
  }

  get adds(): readonly CompiledAdd[] {
    this.#adds ??= this.statements.flatMap(({ statement, step }) => {
      if (statement.kind !== 'add') return [];
      const [change] = changesOf(step);
      return change?.kind === 'add-sa' ? [{ statement, sa: change.sa, span: step.at.span }] : [];
    });
    return this.#adds;
  }

  /** Every key in the order of the file. */
  get keys(): readonly PlacedKey[] {
    this.#keys ??= this.adds.flatMap(({ statement, sa }) => [
      ...placedKey(statement.encryption, sa.encryption),
      ...placedKey(statement.integrity, sa.integrity),
    ]);
    return this.#keys;
  }

  /** Each key where it stands first. */
  get distinctKeys(): readonly PlacedKey[] {
    const first = new Map<string, PlacedKey>();
    for (const key of this.keys) {
      if (!first.has(key.fingerprint)) first.set(key.fingerprint, key);
    }
    return [...first.values()];
  }

  /** The line, counted from 1, on which `offset` is. */
  lineOf(offset: number): number {
    return this.source.place(offset).line;
  }

  /**
   * The addresses that are this host's by its policies: ends of tunnels, and selectors for a host of
   * its own. As texts to compare; empty where no policy tells.
   */
  get ownAddresses(): ReadonlySet<string> {
    const own = new Set<string>();
    for (const entries of [this.spd.outbound, this.spd.inbound]) {
      for (const { policy } of entries.values()) {
        if (policy.action.kind !== 'protect') continue;
        const { localAddress } = policy.selector;
        if (isHostPrefix(localAddress)) own.add(addressKey(localAddress.address));
        for (const { endpoints } of policy.action.templates) {
          if (endpoints !== null) own.add(addressKey(endpoints.local));
        }
      }
    }
    return own;
  }
}

/** A text that is the same for the same address. */
export function addressKey({ octets }: IpAddress): string {
  return octets.join('.');
}

function placedKey(
  clause: AlgorithmClause | null,
  keyed: {
    readonly algorithm: EncryptionAlgorithm | IntegrityAlgorithm;
    readonly key: Secret;
  } | null,
): readonly PlacedKey[] {
  if (clause === null || clause.key === null || keyed === null) return [];
  const { algorithm, key: secret } = keyed;
  return [
    { text: clause.key, clause, algorithm, secret, fingerprint: fingerprint(secret.expose()) },
  ];
}
