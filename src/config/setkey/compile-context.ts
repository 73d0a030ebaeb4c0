/**
 * What the compiler's parts share while they turn one file into changes.
 *
 * @module
 */
import type { AlgorithmNames } from '../../crypto/algorithm.ts';
import type { Template } from '../../ipsec/policy.ts';
import { type IpAddress, parseIpAddress } from '../../net/ip-address.ts';
import type { Services } from '../../net/services.ts';
import type { Report } from '../diagnostic.ts';
import type { Span } from '../source.ts';
import type { HostLookup, Names, WantedNames } from './names.ts';

/** How to read what the language leaves open. */
export interface SetkeyOptions {
  /**
   * The ICV of HMAC-SHA-256 when the file says `hmac-sha256`. `classic`: the 96 bits that setkey and
   * racoon put on the wire on Linux, so that an old file meets an old peer. `rfc4868`: the 128 bits
   * of RFC 4868 §2.3, as every IKE daemon of today has it. Both hosts must agree. The names
   * `hmac-sha256-96` and `hmac-sha256-128` say it in the file.
   */
  readonly sha256Icv?: 'classic' | 'rfc4868';
  /**
   * Whether every `in` policy also gets a `fwd` policy, as Linux's setkey does unless told `-k`:
   * without it a gateway lets nothing out of its tunnels. On unless said otherwise.
   */
  readonly fwdTwins?: boolean;
  /** The text is one statement of several: what can be said of a whole file only is left out. */
  readonly alone?: boolean;
  /** What was looked up of the names in the file: see {@link WantedNames}. */
  readonly names?: Names;
}

export class CompileContext {
  readonly report: Report;
  readonly options: Required<Omit<SetkeyOptions, 'names'>>;
  /** Every algorithm that the file uses, and where it does so first. */
  readonly algorithms: Map<AlgorithmNames, Span> = new Map();
  readonly #names: Names | undefined;
  readonly #wantedHosts = new Set<string>();
  #wantsServices = false;
  /** Where the rule stands that each template was made from. */
  readonly rules: Map<Template, Span> = new Map();
  readonly #addresses = new Map<string, IpAddress>();
  #nextReqid = FIRST_OWN_REQID;

  constructor(report: Report, options: SetkeyOptions) {
    this.report = report;
    this.options = {
      sha256Icv: options.sha256Icv ?? 'classic',
      fwdTwins: options.fwdTwins ?? true,
      alone: options.alone ?? false,
    };
    this.#names = options.names;
  }

  /** What the file names and nobody has looked up. */
  get wantedNames(): WantedNames {
    return { hosts: [...this.#wantedHosts], services: this.#wantsServices };
  }

  /** What is known of the host called `name`. */
  host(name: string): HostLookup {
    const lookup = this.#names?.hosts.get(name);
    if (lookup !== undefined) return lookup;
    this.#wantedHosts.add(name);
    return { failure: 'nobody has looked it up' };
  }

  /** The services of this machine; `null` where they are not known. */
  services(): Services | null {
    if (this.#names === undefined) this.#wantsServices = true;
    return this.#names?.services ?? null;
  }

  /** Reads an address. A file names each of its hosts several times; the same text is read once. */
  address(text: string): IpAddress | undefined {
    const known = this.#addresses.get(text);
    if (known !== undefined) return known;
    const address = parseIpAddress(text);
    if (address !== undefined) this.#addresses.set(text, address);
    return address;
  }

  /** A number for a rule that says `unique`, different from every other. */
  allocateReqid(): number {
    return this.#nextReqid++;
  }

  /** Notes that the file uses `algorithm`. */
  uses(algorithm: AlgorithmNames, span: Span): void {
    if (!this.algorithms.has(algorithm)) this.algorithms.set(algorithm, span);
  }
}

/** The least reqid that a kernel gives to `unique`; those below are for people to choose. */
export const FIRST_OWN_REQID = 16384;
