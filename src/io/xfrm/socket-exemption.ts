/**
 * Getting IKE past the kernel's own policies: a socket may have policies in the place of the SPD's
 * (linux/xfrm.h, IP_XFRM_POLICY), and may leave ESP in UDP to the kernel (linux/udp.h, UDP_ENCAP).
 *
 * @module
 */
import type { ListenAddress } from '../../ike/configuration.ts';
import { XFRM_FAMILY } from '../../netlink/xfrm-address.ts';
import { XFRM_POLICY, XFRM_POLICY_ACTION } from '../../netlink/xfrm-constants.ts';
import { XFRM_UNLIMITED } from '../../netlink/xfrm-lifetime.ts';
import { emitXfrmPolicy, XFRM_PLAIN_POLICY } from '../../netlink/xfrm-policy.ts';
import { XFRM_ANY_SELECTOR } from '../../netlink/xfrm-selector.ts';
import { setHostU32 } from '../../octets/host.ts';
import { LINUX, libc, succeed } from '../libc.ts';
import { SOL_UDP } from '../message-receiver.ts';

const UDP_ENCAP = 100;
const UDP_ENCAP_ESPINUDP = 2;

/** Has all through the socket `fd` go in the clear both ways; ESP to it goes to the kernel's SAs. */
export function exemptFromKernel(fd: number, { address, natTraversal }: ListenAddress): void {
  const { version } = address;
  const [level, name] =
    version === 4
      ? [LINUX.IPPROTO_IP, LINUX.IP_XFRM_POLICY]
      : [LINUX.IPPROTO_IPV6, LINUX.IPV6_XFRM_POLICY];
  for (const direction of [XFRM_POLICY.OUT, XFRM_POLICY.IN]) {
    const policy = bypass(version, direction);
    const set = libc.setsockopt(fd, level, name, policy, policy.length);
    succeed(set, "let IKE past the kernel's policies");
  }
  if (!natTraversal) return;
  const encapsulation = new Uint8Array(4);
  setHostU32(encapsulation, 0, UDP_ENCAP_ESPINUDP);
  const set = libc.setsockopt(fd, SOL_UDP, UDP_ENCAP, encapsulation, encapsulation.length);
  succeed(set, `have the kernel take ESP in UDP over IPv${version}`);
}

/** Without templates: no protection. */
function bypass(version: 4 | 6, direction: number): Uint8Array {
  return emitXfrmPolicy({
    ...XFRM_PLAIN_POLICY,
    selector: { ...XFRM_ANY_SELECTOR, family: XFRM_FAMILY[version] },
    direction,
    limits: XFRM_UNLIMITED,
    priority: 0,
    action: XFRM_POLICY_ACTION.ALLOW,
    templates: [],
  });
}
