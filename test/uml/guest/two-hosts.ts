/**
 * Two hosts whose kernels our backend sets up.
 *
 *     ┌─ guest: alice ──────────────┐          ┌─ namespace "bob" ───────────┐
 *     │ lo     10.1.0.1  fd01::1    │          │ lo     10.2.0.1  fd02::1    │
 *     │ wire0  10.9.0.1  fd09::1  ──┼── veth ──┼─ wire0 10.9.0.2  fd09::2    │
 *     └─────────────────────────────┘          └─────────────────────────────┘
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { KernelBackend } from '../../../src/io/xfrm/kernel-backend.ts';
import type { Change } from '../../../src/ipsec/change.ts';
import type { Action, Policy, Template } from '../../../src/ipsec/policy.ts';
import type { SaParameters } from '../../../src/ipsec/sa-parameters.ts';
import { address } from '../../support/packets.ts';
import { addPolicy, addSa, layer, opposite, policy, protect, selector } from '../../support/sas.ts';
import { inNamespace } from '../../support/thread.ts';
import { sh } from './commands.ts';

/** The addresses of the wire, alice's first. */
export const WIRE = { 4: ['10.9.0.1', '10.9.0.2'], 6: ['fd09::1', 'fd09::2'] } as const;
/** Those behind it, which each host has a route to. */
export const INNER = { 4: ['10.1.0.1', '10.2.0.1'], 6: ['fd01::1', 'fd02::1'] } as const;

export interface TwoHosts {
  readonly alice: KernelBackend;
  readonly bob: KernelBackend;
}

export function makeTwoHosts(): TwoHosts {
  sh(`ip netns add bob
    ip link add wire0 type veth peer name wire0 netns bob
    ip address add 10.9.0.1/24 dev wire0
    ip address add fd09::1/64 dev wire0 nodad
    ip address add 10.1.0.1/32 dev lo
    ip address add fd01::1/128 dev lo
    ip link set wire0 up
    ip -n bob address add 10.9.0.2/24 dev wire0
    ip -n bob address add fd09::2/64 dev wire0 nodad
    ip -n bob address add 10.2.0.1/32 dev lo
    ip -n bob address add fd02::1/128 dev lo
    ip -n bob link set lo up
    ip -n bob link set wire0 up
    ip route add 10.2.0.0/16 via 10.9.0.2 src 10.1.0.1
    ip route add fd02::/32 via fd09::2 src fd01::1
    ip -n bob route add 10.1.0.0/16 via 10.9.0.1 src 10.2.0.1
    ip -n bob route add fd01::/32 via fd09::1 src fd02::1
    ping -c 1 -W 30 10.9.0.2
    ping -c 1 -W 30 fd09::2`);
  return { alice: new KernelBackend(), bob: inNamespace('bob', () => new KernelBackend()) };
}

export async function emptyTwoHosts({ alice, bob }: TwoHosts): Promise<void> {
  for (const host of [alice, bob]) {
    await host.commit([{ kind: 'flush-sas', protocol: null }, { kind: 'flush-policies' }]);
  }
}

export async function disposeTwoHosts({ alice, bob }: TwoHosts): Promise<void> {
  await alice.close();
  await bob.close();
  sh(`ip link delete wire0
    ip address delete 10.1.0.1/32 dev lo
    ip address delete fd01::1/128 dev lo
    ip netns delete bob`);
}

/** Alice's outbound policy, and all that follows from it on both hosts. */
export async function commitBoth(
  { alice, bob }: TwoHosts,
  sas: readonly SaParameters[],
  outbound: Policy,
  inboundAction: Action = outbound.action,
): Promise<void> {
  const inbound: Policy = { ...outbound, direction: 'inbound', action: inboundAction };
  const added = sas.map(addSa);
  await alice.commit([...added, addPolicy(outbound), addPolicy(inbound)]);
  const mirrored = [outbound, inbound].map((one): Change => addPolicy(seenFromBob(one)));
  await bob.commit([...added, ...mirrored]);
}

/** Protection of all pings between the hosts by `sa`, one SA each way, in either mode. */
export async function protectPings(
  hosts: TwoHosts,
  sa: SaParameters,
  inner: 4 | 6 = sa.destination.version,
): Promise<{ readonly to: string; readonly sas: readonly SaParameters[] }> {
  const sas = [sa, opposite(sa)];
  const { protocol, mode, source, destination } = sa;
  const endpoints = mode === 'tunnel' ? { local: source, remote: destination } : null;
  const template: Template = { ...layer(protocol), mode, endpoints };
  const [from, to] = mode === 'tunnel' ? INNER[inner] : WIRE[inner];
  // RFC 3173 §2.2: what does not become smaller is sent as it is, and needs admission.
  const admitted: Template = protocol === 'ipcomp' ? { ...template, level: 'use' } : template;
  await commitBoth(
    hosts,
    sas,
    { ...policy('outbound', protect(template)), selector: selector(address(from), address(to)) },
    protect(admitted),
  );
  return { to, sas };
}

function seenFromBob(one: Policy): Policy {
  const { selector: theirs, action } = one;
  return {
    ...one,
    selector: { ...theirs, localAddress: theirs.remoteAddress, remoteAddress: theirs.localAddress },
    action:
      action.kind !== 'protect'
        ? action
        : protect(
            ...action.templates.map(({ endpoints, ...template }) => ({
              ...template,
              endpoints: endpoints && { local: endpoints.remote, remote: endpoints.local },
            })),
          ),
  };
}

/** Has both kernels take ESP from UDP port 4500, as an IKE daemon would. */
export async function openEncapsulationSockets(): Promise<readonly ChildProcess[]> {
  return Promise.all(
    [[], ['ip', 'netns', 'exec', 'bob']].map(async (prefix) => {
      const [program = '', ...words] = [...prefix, 'python3', '-uc', ENCAPSULATION_SOCKETS];
      const holder = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
      await new Promise((resolve) => holder.stdout.once('data', resolve));
      return holder;
    }),
  );
}

/**
 * UDP_ENCAP is 100, UDP_ENCAP_ESPINUDP 2 (linux/udp.h). Linux holds what comes to the socket against
 * the SPD before it looks for ESP inside: so the socket has policies of its own, that let all pass
 * (IP_XFRM_POLICY is 17, IPV6_XFRM_POLICY 35).
 */
const ENCAPSULATION_SOCKETS = `
import socket, time
held = []
for family, level, option, anywhere in (
    (socket.AF_INET, socket.IPPROTO_IP, 17, '0.0.0.0'),
    (socket.AF_INET6, socket.IPPROTO_IPV6, 35, '::'),
):
    one = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6: one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    for direction in (0, 1):
        info = bytearray(168)
        info[40:42] = int(family).to_bytes(2, 'little')
        for at in range(56, 88): info[at] = 0xff
        info[160] = direction
        one.setsockopt(level, option, bytes(info))
    one.setsockopt(socket.IPPROTO_UDP, 100, 2)
    one.bind((anywhere, 4500))
    held.append(one)
print('held')
time.sleep(600)
`;

export const PINGS = 3;

/** Throws unless every ping is answered, in a slow guest as well; `octets` of data in each, all alike. */
export function ping(to: string, octets = 56): void {
  // All at once: after an answer, ping(8) waits no longer for the others than for the next to send.
  sh(`ping -l ${PINGS} -c ${PINGS} -i 10 -p 00 -s ${octets} ${to}`);
}

/** Throws when any of as many pings is answered. */
export function pingInVain(to: string): void {
  sh(`! ping -c ${PINGS} -i 0.1 -W 1 ${to} | grep 'bytes from'`);
}
