/**
 * Packets sealed and opened by scapy's IPsec, and SAs that setkey and scapy understand alike.
 *
 * @module
 */
import * as v from 'valibot';
import { type Host, succeed } from '../lab/command.ts';
import { runScapy } from '../lab/scapy.ts';
import { PYTHON } from './hosts.ts';

/** A cipher or hash with a key, by the names that both have for it. */
export interface PeerAlgorithm {
  readonly setkey: string;
  readonly scapy: string;
  readonly keyHex: string;
}

/** One SA in transport mode, both sides' words for it. */
export interface PeerSa {
  readonly protocol: 'esp' | 'ah';
  readonly source: string;
  readonly destination: string;
  readonly spi: number;
  readonly cipher?: PeerAlgorithm;
  readonly mac?: PeerAlgorithm;
  /** More words of setkey: `-r 64`. */
  readonly more?: string;
}

/** That many octets, other ones for each `seed`, in hexadecimal. */
export function keyHex(octets: number, seed: number): string {
  return Buffer.from({ length: octets, ...counted(octets, seed) }).toString('hex');
}

/** The ciphers that every hash is tried with, with each of their key lengths. */
export const PEER_CIPHERS = {
  'AES-CBC-128': { setkey: 'aes-cbc', scapy: 'AES-CBC', keyHex: keyHex(16, 1) },
  'AES-CBC-192': { setkey: 'aes-cbc', scapy: 'AES-CBC', keyHex: keyHex(24, 2) },
  'AES-CBC-256': { setkey: 'aes-cbc', scapy: 'AES-CBC', keyHex: keyHex(32, 3) },
  '3DES-CBC': { setkey: '3des-cbc', scapy: '3DES', keyHex: keyHex(24, 4) },
  NULL: { setkey: 'null', scapy: 'NULL', keyHex: '' },
} as const satisfies Record<string, PeerAlgorithm>;

/** The other ciphers that scapy has, too, the weak ones among them; it has no GMAC, no Twofish. */
export const MORE_PEER_CIPHERS = {
  'AES-CTR-128': { setkey: 'aes-ctr', scapy: 'AES-CTR', keyHex: keyHex(20, 9) },
  'AES-CTR-256': { setkey: 'aes-ctr', scapy: 'AES-CTR', keyHex: keyHex(36, 10) },
  'CAST-128': { setkey: 'cast128-cbc', scapy: 'CAST', keyHex: keyHex(16, 11) },
  'CAST-40': { setkey: 'cast128-cbc', scapy: 'CAST', keyHex: keyHex(5, 12) },
  'Blowfish-128': { setkey: 'blowfish-cbc', scapy: 'Blowfish', keyHex: keyHex(16, 13) },
  'Blowfish-448': { setkey: 'blowfish-cbc', scapy: 'Blowfish', keyHex: keyHex(56, 14) },
  DES: { setkey: 'des-cbc', scapy: 'DES', keyHex: keyHex(8, 15) },
} as const satisfies Record<string, PeerAlgorithm>;

/** The AEADs that scapy has, too, with each of their key lengths. */
export const PEER_AEADS = {
  'AES-GCM-128': { setkey: 'aes-gcm-16', scapy: 'AES-GCM', keyHex: keyHex(20, 16) },
  'AES-GCM-192': { setkey: 'aes-gcm-16', scapy: 'AES-GCM', keyHex: keyHex(28, 17) },
  'AES-GCM-256': { setkey: 'aes-gcm-16', scapy: 'AES-GCM', keyHex: keyHex(36, 18) },
  'AES-CCM-128': { setkey: 'aes-ccm-16', scapy: 'AES-CCM', keyHex: keyHex(19, 19) },
  'AES-CCM-256': { setkey: 'aes-ccm-16', scapy: 'AES-CCM', keyHex: keyHex(35, 20) },
  'ChaCha20-Poly1305': {
    setkey: 'chacha20-poly1305',
    scapy: 'CHACHA20-POLY1305',
    keyHex: keyHex(36, 21),
  },
} as const satisfies Record<string, PeerAlgorithm>;

/** The other hashes that scapy has, too. */
export const MORE_PEER_MACS = {
  'HMAC-SHA-384-192': { setkey: 'hmac-sha384', scapy: 'SHA2-384-192', keyHex: keyHex(48, 22) },
  'HMAC-SHA-512-256': { setkey: 'hmac-sha512', scapy: 'SHA2-512-256', keyHex: keyHex(64, 23) },
  'AES-CMAC-96': { setkey: 'aes-cmac', scapy: 'AES-CMAC-96', keyHex: keyHex(16, 24) },
} as const satisfies Record<string, PeerAlgorithm>;

/** HMAC with SHA-1 and SHA-256, with each of their ICV lengths, and with MD5. */
export const PEER_MACS = {
  'HMAC-MD5-96': { setkey: 'hmac-md5', scapy: 'HMAC-MD5-96', keyHex: keyHex(16, 5) },
  'HMAC-SHA-1-96': { setkey: 'hmac-sha1', scapy: 'HMAC-SHA1-96', keyHex: keyHex(20, 6) },
  'HMAC-SHA-256-96': { setkey: 'hmac-sha256-96', scapy: 'SHA2-256-96', keyHex: keyHex(32, 7) },
  'HMAC-SHA-256-128': { setkey: 'hmac-sha256-128', scapy: 'SHA2-256-128', keyHex: keyHex(32, 8) },
} as const satisfies Record<string, PeerAlgorithm>;

/** The `add` statement for `sa`. */
export function setkeyAdd({
  protocol,
  source,
  destination,
  spi,
  cipher,
  mac,
  more = '',
}: PeerSa): string {
  const words = [`add ${source} ${destination} ${protocol} ${spi}`, more];
  if (cipher) words.push(`-E ${cipher.setkey} ${cipher.keyHex && `0x${cipher.keyHex}`}`);
  if (mac) words.push(`-A ${mac.setkey} 0x${mac.keyHex}`);
  return `${words.join(' ')};`;
}

/** What scapy is to seal. */
export interface SealRequest {
  /** Innermost first; none leaves the packet in the clear. */
  readonly sas: readonly PeerSa[];
  readonly source: string;
  readonly destination: string;
  /** Of every layer. Default 1. */
  readonly sequence?: number;
  /** The data of an ICMP echo request; `length` octets of it. */
  readonly data: Buffer;
  readonly length?: number;
  /** Cuts the sealed packet into fragments with that much payload at most. */
  readonly fragmentLength?: number;
}

/** Has scapy make echo requests and seal them; each is one packet, or several fragments. */
export async function sealWithScapy(
  requests: readonly SealRequest[],
): Promise<readonly (readonly Buffer[])[]> {
  const output = await runScapy(
    null,
    `${ASSOCIATIONS}${SEAL}`,
    requests.map(({ sas, data, ...rest }) => ({
      ...rest,
      data: data.toString('hex'),
      sas: sas.map(scapySa),
    })),
  );
  const packets = v.parse(v.array(v.array(v.string())), output);
  return packets.map((pieces) => pieces.map((piece) => Buffer.from(piece, 'hex')));
}

const OpenedSchema = v.strictObject({
  source: v.string(),
  destination: v.string(),
  /** Protocols and SPIs of the layers, outermost first. */
  layers: v.array(v.tuple([v.picklist(['esp', 'ah']), v.number()])),
  /** Of what is inside. */
  nextHeader: v.number(),
  payload: v.pipe(
    v.string(),
    v.transform((text) => Buffer.from(text, 'hex')),
  ),
});

/** A packet that scapy opened, and whose ICVs it found right. */
export type Opened = v.InferOutput<typeof OpenedSchema>;

/**
 * Has scapy reassemble and open the IPv4 packets of a capture. Rejects at the first that none of
 * `sas` opens; those that have no layers at all are left out.
 */
export async function openWithScapy(
  pcap: string,
  sas: readonly PeerSa[],
): Promise<readonly Opened[]> {
  const input = { pcap, sas: sas.map(scapySa) };
  const output = await runScapy(null, `${ASSOCIATIONS}${OPEN}`, input);
  return v.parse(v.array(OpenedSchema), output);
}

/** Sends whole IPv4 packets from `host`, as they are, unless its guard refuses them. */
export async function sendRaw(host: Host, packets: readonly Buffer[]): Promise<void> {
  const hex = packets.map((packet) => packet.toString('hex'));
  await succeed(host, [PYTHON, '-c', SEND_RAW], { input: hex.join('\n') });
}

function scapySa({ protocol, spi, source, destination, cipher, mac }: PeerSa): unknown {
  return { protocol, spi, source, destination, cipher, mac };
}

/** As the octets 0x00 to 0x1f would, these make no weak DES keys; no two thirds are equal. */
function counted(octets: number, seed: number): Record<number, number> {
  return Object.fromEntries(
    Array.from({ length: octets }, (_, k) => [k, (seed * 59 + k * 37 + 1) & 0xff]),
  );
}

const ASSOCIATIONS = `
# What PF_KEY on Linux means by SHA-256: cut off after 96 bits.
AUTH_ALGOS['SHA2-256-96'] = AuthAlgo('SHA2-256-96', mac=HMAC, digestmod=hashes.SHA256, icv_size=12)

def association(sa):
    words = {}
    for prefix, algorithm in (('crypt', sa.get('cipher')), ('auth', sa.get('mac'))):
        if algorithm:
            words[prefix + '_algo'] = algorithm['scapy']
            words[prefix + '_key'] = bytes.fromhex(algorithm['keyHex']) or None
    return SecurityAssociation({'esp': ESP, 'ah': AH}[sa['protocol']], spi=sa['spi'], **words)
`;

const SEAL = `
# Asked to sign AH around ESP, scapy would sign ESP once more: it must not see that there is ESP.
split_layers(IP, ESP, proto=50)

output = []
for request in input:
    data = bytes.fromhex(request['data'])
    length = request.get('length', len(data))
    data = (data * (length // len(data) + 1))[:length]
    sealed = IP(src=request['source'], dst=request['destination'], id=0x4a11) / ICMP(id=7, seq=1) / data
    for sa in request['sas']:
        outgoing = association(sa)
        outgoing.seq_num = request.get('sequence', 1)
        sealed = outgoing.encrypt(IP(bytes(sealed)))
    pieces = [sealed]
    if 'fragmentLength' in request:
        pieces = fragment(IP(bytes(sealed)), fragsize=request['fragmentLength'])
    output.append([bytes(piece) for piece in pieces])
`;

const OPEN = `
sas = [(sa, association(sa)) for sa in input['sas']]

def whole(pieces):
    pieces = sorted(pieces, key=lambda piece: piece.frag)
    header = pieces[0].copy()
    header.remove_payload()
    header.flags = 0
    del header.len, header.chksum
    return IP(bytes(header / Raw(b''.join(bytes(piece.payload) for piece in pieces))))

def opened(packet):
    layers = []
    while packet.proto in (50, 51):
        layer = packet.payload
        protocol = {50: 'esp', 51: 'ah'}[packet.proto]
        name = (protocol, layer.spi, packet.src, packet.dst)
        association, = (there for sa, there in sas
                        if (sa['protocol'], sa['spi'], sa['source'], sa['destination']) == name)
        layers.append([protocol, layer.spi])
        packet = IP(bytes(association.decrypt(packet)))
    return layers, packet

output = []
waiting = {}
for packet in sniff(offline=input['pcap'], lfilter=lambda packet: IP in packet):
    packet = packet[IP]
    if packet.flags.MF or packet.frag:
        pieces = waiting.setdefault((packet.src, packet.id), [])
        pieces.append(packet)
        if packet.flags.MF:
            continue
        packet = whole(pieces)
        pieces.clear()
    layers, inner = opened(packet)
    if layers:
        output.append({'source': inner.src, 'destination': inner.dst, 'layers': layers,
                       'nextHeader': inner.proto, 'payload': bytes(inner.payload)})
`;

const SEND_RAW = `
import socket, sys
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for line in sys.stdin:
    packet = bytes.fromhex(line)
    try:
        raw.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))
    except PermissionError:
        pass
`;
