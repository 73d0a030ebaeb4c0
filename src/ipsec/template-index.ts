/**
 * The templates of policies, indexed by what an SA can serve: `sa-index.ts` the other way round.
 *
 * @module
 */
import { layersOf } from './layers.ts';
import type { Policy } from './policy.ts';
import { ANY_REQID, endsOf, serviceKey } from './sa-index.ts';
import type { SaParameters } from './sa-parameters.ts';

/** Between prefixes of which lengths a template asks for SAs, and whether of one number. */
interface Shape {
  readonly version: 4 | 6;
  readonly sourceLength: number;
  readonly destinationLength: number;
  readonly anyReqid: boolean;
}

export class TemplateIndex {
  /** What templates ask for, by shape; a file has few shapes. */
  readonly #groups = new Map<string, { readonly shape: Shape; readonly wanted: Set<string> }>();

  constructor(policies: Iterable<Policy>) {
    for (const policy of policies) {
      for (const { template, packets } of layersOf(policy)) {
        const { source, destination } = endsOf(template, packets);
        const shape = {
          version: source.address.version,
          sourceLength: source.length,
          destinationLength: destination.length,
          anyReqid: template.reqid === ANY_REQID,
        };
        const name = Object.values(shape).join();
        const group = this.#groups.get(name) ?? { shape, wanted: new Set() };
        this.#groups.set(name, group);
        group.wanted.add(serviceKey(template, source, destination, template.reqid));
      }
    }
  }

  /** Whether no policy asks for any SA. */
  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  /** Whether any template asks for such an SA as `sa`. */
  wants(sa: SaParameters): boolean {
    for (const { shape, wanted } of this.#groups.values()) {
      if (sa.source.version !== shape.version) continue;
      const source = { address: sa.source, length: shape.sourceLength };
      const destination = { address: sa.destination, length: shape.destinationLength };
      const reqid = shape.anyReqid ? ANY_REQID : sa.reqid;
      if (wanted.has(serviceKey(sa, source, destination, reqid))) return true;
    }
    return false;
  }
}
