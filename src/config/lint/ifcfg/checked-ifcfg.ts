/**
 * One of the files of an interface, as its rules see it: what stands in it, and what the interface asks
 * for by all of them.
 *
 * @module
 */
import type { Environment, Variable } from '../../ifcfg/environment.ts';
import type { IpsecInterface, RacoonPeer } from '../../ifcfg/interface.ts';
import { IPSEC_VARIABLES, isSecretVariable } from '../../ifcfg/variables.ts';
import type { SourceText } from '../../source.ts';
import type { FileFacts } from '../rule.ts';
import { type UsedKey, usedKeys } from './used-key.ts';

export class CheckedIfcfg {
  readonly source: SourceText;
  readonly facts: FileFacts;
  /** By all files. */
  readonly wanted: IpsecInterface;
  /** Of all files: those in use, inbound first; a key for both directions twice. */
  readonly allKeys: readonly UsedKey[];
  readonly #environment: Environment;

  constructor(
    source: SourceText,
    facts: FileFacts,
    wanted: IpsecInterface,
    environment: Environment,
  ) {
    this.source = source;
    this.facts = facts;
    this.wanted = wanted;
    this.allKeys = usedKeys(wanted, environment);
    this.#environment = environment;
  }

  /** The variable `name` of whichever file. */
  find(name: string): Variable | undefined {
    return this.#environment.find(name);
  }

  /** Whether `variable` stands in this file. */
  has({ source }: Variable): boolean {
    return source === this.source;
  }

  /** The keys in use that stand in this file, each once. */
  get keys(): readonly UsedKey[] {
    const seen = new Set<Variable>();
    return this.allKeys.filter(
      ({ variable }) => this.has(variable) && !seen.has(variable) && seen.add(variable),
    );
  }

  /** The variables that count and stand in this file. */
  get variables(): readonly Variable[] {
    return IPSEC_VARIABLES.flatMap((name) => this.find(name) ?? [])
      .filter((variable) => this.has(variable))
      .toSorted((a, b) => a.span.start - b.span.start);
  }

  /** Those of {@link variables} that hold keys, in use or not. */
  get secrets(): readonly Variable[] {
    return this.variables.filter(({ name }) => isSecretVariable(name));
  }

  /** What racoon shall be told; `null` with manual keys, and where nothing is written for it. */
  get peer(): RacoonPeer | null {
    const { keying } = this.wanted;
    return keying.kind === 'automatic' ? keying.peer : null;
  }

  /** Where a default of IKE is told: in the file into which something else is to be written. */
  get keyingAt(): Variable | undefined {
    return this.find('IKE_METHOD') ?? this.find('DST');
  }
}
