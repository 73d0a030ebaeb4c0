/**
 * SAs, indexed by what a template looks for.
 *
 * @module
 */

import { formatPrefix, hostPrefix, type Prefix, prefixKey } from '../net/prefix.ts';
import type { PolicyId, Template } from './policy.ts';
import type { SaParameters } from './sa-parameters.ts';

export class SaIndex {
  readonly #sas: readonly SaParameters[];
  /** What the SAs serve, by the lengths of the prefixes that a template asks for. */
  readonly #served = new Map<string, ReadonlySet<string>>();

  constructor(sas: readonly SaParameters[]) {
    this.#sas = sas;
  }

  get isEmpty(): boolean {
    return this.#sas.length === 0;
  }

  /** Whether any SA could carry packets of `policy` for `template`. */
  serves(template: Template, policy: PolicyId): boolean {
    const { source, destination } = endsOf(template, policy);
    return this.#servedBetween(source, destination).has(
      keyOf(template, source, destination, template.reqid),
    );
  }

  /** `from 10.9.0.1 to 10.9.0.2`: between which addresses such an SA must run. */
  ends(template: Template, policy: PolicyId): string {
    const { source, destination } = endsOf(template, policy);
    return `from ${formatPrefix(source)} to ${formatPrefix(destination)}`;
  }

  /** What templates between prefixes as long as these may ask for. A file has few lengths. */
  #servedBetween(from: Prefix, to: Prefix): ReadonlySet<string> {
    const shape = `${from.address.version} ${from.length} ${to.length}`;
    const known = this.#served.get(shape);
    if (known !== undefined) return known;
    const served = new Set<string>();
    for (const sa of this.#sas) {
      if (sa.source.version !== from.address.version) continue;
      const source = { address: sa.source, length: from.length };
      const destination = { address: sa.destination, length: to.length };
      served.add(keyOf(sa, source, destination, ANY_REQID));
      if (sa.reqid !== ANY_REQID) served.add(keyOf(sa, source, destination, sa.reqid));
    }
    this.#served.set(shape, served);
    return served;
  }
}

/** The ends of the tunnel; in transport mode those of the packets. */
function endsOf(
  { endpoints }: Template,
  { selector, direction }: PolicyId,
): { readonly source: Prefix; readonly destination: Prefix } {
  const local = endpoints === null ? selector.localAddress : hostPrefix(endpoints.local);
  const remote = endpoints === null ? selector.remoteAddress : hostPrefix(endpoints.remote);
  return direction === 'outbound'
    ? { source: local, destination: remote }
    : { source: remote, destination: local };
}

function keyOf(
  { protocol, mode }: Pick<SaParameters, 'protocol' | 'mode'>,
  source: Prefix,
  destination: Prefix,
  reqid: number,
): string {
  return `${protocol} ${mode} ${prefixKey(source)} ${prefixKey(destination)} ${reqid}`;
}

/** The reqid of a template that takes any SA. */
const ANY_REQID = 0;
