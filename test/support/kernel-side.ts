/**
 * Our SAs and policies as `ip xfrm` takes them: what a Linux peer has to hold to talk with us.
 *
 * @module
 */
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import { formatIpAddress } from '../../src/net/ip-address.ts';
import { toHex } from '../../src/octets/hex.ts';
import type { KernelPolicy, KernelSa, KernelState, KernelTemplate } from '../lab/kernel-sa.ts';
import { layerSas, type Protection } from './layers.ts';

const PROTOCOLS = { esp: 'esp', ah: 'ah', ipcomp: 'comp' } as const;

/** `sa` as `ip xfrm state add` takes it. */
export function kernelSa(sa: SaParameters): KernelSa {
  const { encryption, integrity, encapsulation } = sa;
  return {
    source: formatIpAddress(sa.source),
    destination: formatIpAddress(sa.destination),
    protocol: PROTOCOLS[sa.protocol],
    spi: sa.spi,
    mode: sa.mode,
    reqid: sa.reqid,
    replayWindow: sa.replayWindow,
    ...(encryption && encryptionOf(encryption)),
    ...(integrity && {
      integrity: {
        name: integrity.algorithm.linux,
        keyHex: toHex(integrity.key.expose()),
        icvBits: integrity.icvLength * 8,
      },
    }),
    ...(sa.compression && { compression: 'deflate' }),
    ...(encapsulation && { encapsulation }),
    more: [
      // Else a tunnel is for packets of its own IP version alone.
      ...(sa.mode === 'tunnel' ? ['flag', 'af-unspec'] : []),
      ...(sa.extendedSequenceNumbers ? ['flag', 'esn'] : []),
      // Linux aligns AH to 64 bits under IPv4 unless told what RFC 4302 §2.2 says.
      ...(sa.protocol === 'ah' && sa.source.version === 4 ? ['flag', 'align4'] : []),
    ],
  };
}

/** What bob's kernel has to hold where `layerChanges` says what alice commits. */
export function kernelState(protection: Protection): KernelState {
  const [alice, bob] = protection.between;
  const templates = (from: 0 | 1): KernelTemplate[] =>
    protection.layers.map(({ protocol, tunnel }) => {
      const common = { protocol: PROTOCOLS[protocol], reqid: 0 };
      // A packet that does not get shorter has no layer of IPComp (RFC 3173 §2.2).
      const level = protocol === 'ipcomp' ? { level: 'use' as const } : {};
      if (tunnel === undefined) return { ...common, mode: 'transport', ...level };
      const ends = { source: tunnel[from], destination: tunnel[from === 0 ? 1 : 0] };
      return { ...common, mode: 'tunnel', ...ends, ...level };
    });
  const udp = protection.layers.map(({ sa }) => sa?.encapsulation).find((found) => found);
  const [from, to] = protection.layers.at(-1)?.tunnel ?? protection.between;
  const policies: KernelPolicy[] = [
    // Linux asks about datagrams of ESP before it opens them: IKE daemons exempt their sockets.
    ...(udp
      ? [
          {
            ...{ source: from, destination: to, direction: 'in' as const, priority: 0 },
            ...{ upperProtocol: 'udp', destinationPort: udp.destinationPort, templates: [] },
          },
        ]
      : []),
    { source: alice, destination: bob, direction: 'in', priority: 1, templates: templates(0) },
    {
      ...{ source: bob, destination: alice, direction: 'out', priority: 1 },
      // Out of this host every layer is asked for: IPComp decides by itself.
      templates: templates(1).map(({ level: _, ...template }) => template),
    },
  ];
  return { sas: layerSas(protection).map(kernelSa), policies };
}

function encryptionOf({
  algorithm,
  key,
}: NonNullable<SaParameters['encryption']>): Pick<KernelSa, 'encryption' | 'aead'> {
  const keyed = { name: algorithm.linux, keyHex: toHex(key.expose()) };
  if (algorithm.kind !== 'aead') return { encryption: keyed };
  return { aead: { ...keyed, icvBits: algorithm.icvLength * 8 } };
}
