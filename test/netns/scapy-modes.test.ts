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
import { runScapy } from '../lab/scapy.ts';
import { describeNetns } from '../lab/tier.ts';
import { DataPath, memoryFor } from '../support/data-path.ts';
import { ENDS, everything, INSIDE, MODES, type Version } from '../support/data-path-pair.ts';
import { countedOctets, udpPacket } from '../support/packets.ts';
import { addPolicy, ahSa, cipherOf, espSa, inUdp, layer, tunnel } from '../support/sas.ts';

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
  path.databases.sad.add(new Sa(sa, crypto, 0, sent));
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

describeNetns('packets of our own stack', () => {
  test.each(CASES)('scapy opens $name', async ({ sa, inner, outer }) => {
    const [source, destination] = ENDS[inner];
    const ends = sa.mode === 'tunnel' ? INSIDE[inner] : { source, destination };
    const clear = udpPacket(countedOctets(61), ends);
    const [opened] = (await runScapy(null, OPEN, [sealed(sa, inner, outer, clear)])) as string[];
    expect(opened).toBe(toHex(clear));
  });
});
