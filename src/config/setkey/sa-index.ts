/**
 * The SAs that a file adds, indexed by what a template looks for.
 *
 * @module
 */
import type { IpsecProtocol, Mode, Policy, Template } from '../../ipsec/policy.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import { formatIpAddress, type IpAddress } from '../../net/ip-address.ts';
import {
  formatPrefix,
  hostPrefix,
  isHostPrefix,
  type Prefix,
  prefixCovers,
} from '../../net/prefix.ts';

export class SaIndex {
  readonly #sas: readonly SaParameters[];
  /** The reqids of the SAs between two hosts. */
  readonly #reqids = new Map<string, Set<number>>();

  constructor(sas: readonly SaParameters[]) {
    this.#sas = sas;
    for (const sa of sas) {
      const key = keyOf(sa.protocol, sa.mode, sa.source, sa.destination);
      const reqids = this.#reqids.get(key) ?? new Set();
      this.#reqids.set(key, reqids.add(sa.reqid));
    }
  }

  get isEmpty(): boolean {
    return this.#sas.length === 0;
  }

  /** Whether any SA could carry packets of `policy` for `template`. */
  serves(template: Template, policy: Policy): boolean {
    const { source, destination } = endsOf(template, policy);
    const { protocol, mode, reqid } = template;
    if (isHostPrefix(source) && isHostPrefix(destination)) {
      const reqids = this.#reqids.get(keyOf(protocol, mode, source.address, destination.address));
      return reqids !== undefined && (reqid === 0 || reqids.has(reqid));
    }
    return this.#sas.some(
      (sa) =>
        sa.protocol === protocol &&
        sa.mode === mode &&
        (reqid === 0 || sa.reqid === reqid) &&
        covers(source, sa.source) &&
        covers(destination, sa.destination),
    );
  }

  /** `from 10.9.0.1 to 10.9.0.2`: between which addresses such an SA must run. */
  ends(template: Template, policy: Policy): string {
    const { source, destination } = endsOf(template, policy);
    return `from ${formatPrefix(source)} to ${formatPrefix(destination)}`;
  }
}

/** The ends of the tunnel; in transport mode those of the packets. */
function endsOf(
  { endpoints }: Template,
  { selector, direction }: Policy,
): { readonly source: Prefix; readonly destination: Prefix } {
  const local = endpoints === null ? selector.localAddress : hostPrefix(endpoints.local);
  const remote = endpoints === null ? selector.remoteAddress : hostPrefix(endpoints.remote);
  return direction === 'outbound'
    ? { source: local, destination: remote }
    : { source: remote, destination: local };
}

function covers(prefix: Prefix, address: IpAddress): boolean {
  return prefix.address.version === address.version && prefixCovers(prefix, address.octets, 0);
}

function keyOf(
  protocol: IpsecProtocol,
  mode: Mode,
  source: IpAddress,
  destination: IpAddress,
): string {
  return `${protocol} ${mode} ${formatIpAddress(source)} ${formatIpAddress(destination)}`;
}
