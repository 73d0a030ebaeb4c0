/**
 * What our own stack seals in each mode, scapy verifies and opens: tunnels, IPv6, ESP in UDP and
 * extended sequence numbers. Nothing is sent.
 *
 * @module
 */
import { expect, test } from 'vitest';
import { AES_GCM_16 } from '../../src/crypto/aes-gcm.ts';
import { nodeProvider } from '../../src/crypto/node-provider.ts';
import { Sa } from '../../src/ipsec/sa.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import { formatIpAddress } from '../../src/net/ip-address.ts';
import { toHex } from '../../src/octets/hex.ts';
import { IPV6_EXTENSION } from '../../src/wire/ipv6.ts';
import { runScapy } from '../lab/scapy.ts';
import { describeNetns } from '../lab/tier.ts';
import { DataPath, memoryFor } from '../support/data-path.ts';
import { ENDS, everything, INSIDE, MODES, type Version } from '../support/data-path-pair.ts';
import { countedOctets, udpPacket } from '../support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  cipherOf,
  espSa,
  inUdp,
  layer,
  mirrored,
  tunnel,
} from '../support/sas.ts';

/** The high half of the numbers of SAs that have one. */
const HIGH = 7;

const OPEN = `
version = {4: IP, 6: IPv6}
output = []
for case in input:
    outer = version[case['outer']]
    ends = {'src': case['source'], 'dst': case['destination']}
    options = {'crypt_algo': case['cipher'], 'crypt_key': bytes.fromhex(case['cipherKey'])} if case['cipher'] else {}
    if case['mac']:
        options.update(auth_algo=case['mac'], auth_key=bytes.fromhex(case['macKey']))
    if case['tunnel']:
        options['tunnel_header'] = outer(**ends)
    if case['udp']:
        options['nat_t_header'] = UDP(sport=4500, dport=4500)
    if case['esn']:
        options.update(esn_en=True, esn=case['high'])
    sa = SecurityAssociation(AH if case['ah'] else ESP, spi=case['spi'], **options)
    output.append(bytes(sa.decrypt(outer(bytes.fromhex(case['packet'])))).hex())
`;

const CASES = MODES.flatMap(([mode, inner, outer]) => {
  const [source, destination] = ENDS[outer];
  const parts = { source, destination, mode };
  const gcm = { encryption: cipherOf(AES_GCM_16), integrity: null };
  const sas: (readonly [string, SaParameters])[] = [
    ['ESP with AES-CBC', espSa(parts)],
    ['ESP with AES-GCM', espSa({ ...parts, ...gcm })],
    // Under another ICV than an AEAD's, scapy 2.5 leaves the high half out.
    ['ESP with AES-GCM and ESN', espSa({ ...parts, ...gcm, extendedSequenceNumbers: true })],
    ['AH', ahSa(parts)],
    ['AH with ESN', ahSa({ ...parts, extendedSequenceNumbers: true })],
    ['ESP in UDP', inUdp(espSa(parts))],
  ];
  return (
    sas
      // scapy puts ESP into UDP under IPv4 alone.
      .filter(([, { encapsulation }]) => encapsulation === null || outer === 4)
      .map(([what, sa]) => ({
        name: `${what}, IPv${inner} in ${mode} mode in IPv${outer}`,
        inner,
        outer,
        sa,
      }))
  );
});

/** What a host sends under `sa`, and what scapy has to know to open it. */
function sealed(sa: SaParameters, inner: Version, outer: Version, clear: Uint8Array): object {
  const { source, destination, mode, protocol, encryption, integrity } = sa;
  const crypto = nodeProvider({ octets: new Uint8Array(memoryFor(2048)) });
  const path = new DataPath(crypto);
  const sent = sa.extendedSequenceNumbers ? HIGH * 2 ** 32 : 0;
  path.databases.sad.add(new Sa(sa, crypto, 0, { sent, received: 0 }));
  const template = mode === 'tunnel' ? tunnel(protocol, source, destination) : layer(protocol);
  path.commit(addPolicy(everything(inner, template)));
  const aead = encryption?.algorithm === AES_GCM_16;
  return {
    outer,
    source: formatIpAddress(source),
    destination: formatIpAddress(destination),
    cipher: encryption === null ? null : aead ? 'AES-GCM' : 'AES-CBC',
    cipherKey: toHex(encryption?.key.expose() ?? new Uint8Array(0)),
    mac: integrity === null ? null : protocol === 'ah' ? 'HMAC-SHA1-96' : 'SHA2-256-128',
    macKey: toHex(integrity?.key.expose() ?? new Uint8Array(0)),
    tunnel: mode === 'tunnel',
    udp: sa.encapsulation !== null,
    esn: sa.extendedSequenceNumbers,
    high: HIGH,
    ah: protocol === 'ah',
    spi: sa.spi,
    packet: toHex(path.seal(clear)),
  };
}

/** What stands before AH: an option that may change on its way, one that may not, and no stops left. */
const EXTENSIONS = [
  [
    IPV6_EXTENSION.HOP_BY_HOP_OPTIONS,
    Uint8Array.of(0x3e, 4, 1, 2, 3, 4, 0x1e, 4, 5, 6, 7, 8, 0, 0),
  ],
  [IPV6_EXTENSION.ROUTING, Uint8Array.of(253, 0, 9, 9, 9, 9)],
] as const;

const SEAL = `
output = []
for case in input:
    sa = SecurityAssociation(AH, spi=case['spi'], auth_algo=case['mac'], auth_key=bytes.fromhex(case['macKey']))
    output.append(bytes(sa.encrypt(IPv6(bytes.fromhex(case['clear'])))).hex())
`;

describeNetns('packets of our own stack', () => {
  test.each(CASES)('scapy opens $name', async ({ sa, inner, outer }) => {
    const [source, destination] = ENDS[inner];
    const ends = sa.mode === 'tunnel' ? INSIDE[inner] : { source, destination };
    const clear = udpPacket(countedOctets(61), ends);
    const [opened] = (await runScapy(null, OPEN, [sealed(sa, inner, outer, clear)])) as string[];
    expect(opened).toBe(toHex(clear));
  });

  test('with AH behind extension headers of IPv6, scapy opens, and its own are opened', async () => {
    const [source, destination] = ENDS[6];
    const clear = udpPacket(countedOctets(61), { source, destination, extensions: EXTENSIONS });
    const sa = ahSa({ source, destination });
    const ours = sealed(sa, 6, 6, clear);
    expect(await runScapy(null, OPEN, [ours])).toEqual([toHex(clear)]);
    const [theirs] = (await runScapy(null, SEAL, [{ ...ours, clear: toHex(clear) }])) as string[];
    const path = new DataPath(nodeProvider({ octets: new Uint8Array(memoryFor(2048)) }));
    const policy = mirrored(everything(6, layer('ah')));
    path.commit(addSa(sa), addPolicy(policy));
    const packet = Uint8Array.from(Buffer.from(theirs ?? '', 'hex'));
    const tampered = packet.slice();
    tampered[40 + 10] = 0x77;
    expect(path.receive(tampered)).toBe('in-state-proto-error');
    // As a router on the way may do.
    packet[40 + 4] = 0x77;
    const expected = clear.slice();
    expected[40 + 4] = 0x77;
    expect(path.receive(packet)).toEqual(expected);
  });
});
