/**
 * SAs and policies of two hosts for a stack of layers, in whichever mode and IP version.
 *
 * @module
 */
import type { Change } from '../../src/ipsec/change.ts';
import type { IpsecProtocol, Template } from '../../src/ipsec/policy.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { hostPrefix, type Prefix } from '../../src/net/prefix.ts';
import { address } from './packets.ts';
import { addPolicy, addSa, ahSa, espSa, ipcompSa, mirrored, policy, protect } from './sas.ts';

/** One layer. */
export interface Layer {
  readonly protocol: IpsecProtocol;
  /** Alice's end of the tunnel, and bob's; transport mode when absent. */
  readonly tunnel?: readonly [string, string];
  /** What is not as usual in the SAs of both directions. */
  readonly sa?: Partial<SaParameters>;
}

/** What is to be protected. */
export interface Protection {
  /** An address or prefix on alice's side, and one on bob's. */
  readonly between: readonly [string, string];
  /** Innermost first. */
  readonly layers: readonly Layer[];
}

/** The SAs, alice's first. */
export function layerSas({ between, layers }: Protection): SaParameters[] {
  return layers.flatMap(({ protocol, tunnel, sa }, place) => {
    const [alice, bob] = (tunnel ?? between).map((text) => address(text)) as [IpAddress, IpAddress];
    const make = { esp: espSa, ah: ahSa, ipcomp: ipcompSa }[protocol];
    const common = { mode: tunnel ? 'tunnel' : 'transport', ...sa } as const;
    return [
      make({ ...common, source: alice, destination: bob, spi: 0x1001 + place }),
      make({ ...common, source: bob, destination: alice, spi: 0x2001 + place }),
    ];
  });
}

/** All that either host has to commit, in place of what it had. */
export function layerChanges(protection: Protection): Readonly<Record<'alice' | 'bob', Change[]>> {
  const { between, layers } = protection;
  const [localAddress, remoteAddress] = between.map(prefixOf) as [Prefix, Prefix];
  const out = policy('outbound', protect(...layers.map(templateOf)), {
    ...{ localAddress, remoteAddress },
  });
  const into = mirrored(out);
  const sas = layerSas(protection).map(addSa);
  const flush: Change[] = [{ kind: 'flush-sas', protocol: null }, { kind: 'flush-policies' }];
  const received = (direction: 'inbound' | 'forward', from: typeof out) => ({ ...from, direction });
  return {
    alice: [
      ...[...flush, ...sas, addPolicy(out)],
      addPolicy(received('inbound', out)),
      addPolicy(received('forward', out)),
    ],
    bob: [
      ...[...flush, ...sas, addPolicy({ ...into, direction: 'outbound' })],
      addPolicy(received('inbound', into)),
      addPolicy(received('forward', into)),
    ],
  };
}

function prefixOf(text: string): Prefix {
  const [host = '', length] = text.split('/');
  const whole = hostPrefix(address(host));
  return length === undefined ? whole : { ...whole, length: Number(length) };
}

/** As alice writes it. */
function templateOf({ protocol, tunnel }: Layer): Template {
  const common = { protocol, level: 'require', reqid: 0 } as const;
  if (tunnel === undefined) return { ...common, mode: 'transport', endpoints: null };
  const [local, remote] = tunnel;
  const endpoints = { local: address(local), remote: address(remote) };
  return { ...common, mode: 'tunnel', endpoints };
}
