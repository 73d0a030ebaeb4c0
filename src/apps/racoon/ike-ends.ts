/**
 * With whom IKE negotiates for a policy.
 *
 * @module
 */
import type { Ends } from '../../ike/path.ts';
import type { Backend } from '../../ipsec/backend.ts';
import { formatSelectorAddresses, type Selector, selectorKey } from '../../ipsec/selector.ts';
import { isHostPrefix } from '../../net/prefix.ts';

/**
 * The ends of the outermost tunnel that the outbound policy with `selector` asks for; without a tunnel the
 * addresses of the selector. Rejects where there is no such policy, or it names no addresses.
 */
export async function ikeEndsFor(
  backend: Pick<Backend, 'policies'>,
  selector: Selector,
): Promise<Ends> {
  const wanted = selectorKey(selector);
  for await (const { policy } of backend.policies()) {
    if (policy.direction !== 'outbound' || selectorKey(policy.selector) !== wanted) continue;
    const templates = policy.action.kind === 'protect' ? policy.action.templates : [];
    const tunnel = templates.findLast(({ endpoints }) => endpoints !== null);
    const ends = tunnel?.endpoints ?? hostsOf(policy.selector);
    if (ends !== null && templates.length > 0) return ends;
  }
  const text = formatSelectorAddresses(selector, 'outbound');
  throw new Error(`there is no outbound policy for ${text} that names with whom to negotiate`);
}

function hostsOf({ localAddress, remoteAddress }: Selector): Ends | null {
  if (!isHostPrefix(localAddress) || !isHostPrefix(remoteAddress)) return null;
  return { local: localAddress.address, remote: remoteAddress.address };
}
