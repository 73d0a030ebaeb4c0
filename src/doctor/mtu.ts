/**
 * What SAs leave of the MTU, and whether senders learn of it.
 *
 * @module
 */
import type { SaParameters } from '../ipsec/sa-parameters.ts';
import { formatIpAddress } from '../net/ip-address.ts';
import type { Facts, PathFacts } from './facts.ts';
import type { Finding } from './finding.ts';

/** The least that IPv6 asks of a link (RFC 8200 §5). */
const LEAST_MTU = 1280;
const IP_HEADER = { 4: 20, 6: 40 } as const;
const UDP_HEADER = 8;
const ESP_HEADER = 8;
const ESP_TRAILER = 2;
const AH_HEADER = 12;

export function examineMtu({ sas, paths, sysctls }: Facts): Finding[] {
  const found: Finding[] = [];
  for (const path of paths) {
    const carrying = sas
      .map(({ parameters }) => parameters)
      .filter(({ destination }) => formatIpAddress(destination) === path.to);
    const layers = newestOfEach(carrying);
    if (layers.length === 0) continue;
    found.push(
      findingAbout(
        path,
        layers.reduce((sum, sa) => sum + overheadOf(sa), 0),
      ),
    );
  }
  const discovery = sysctls.get('net.ipv4.ip_no_pmtu_disc');
  if (sas.length > 0 && discovery !== undefined && discovery !== '0') {
    found.push({
      check: 'mtu',
      status: 'warning',
      says: 'This host does not discover path MTUs: what gets too large by protection is fragmented, or lost.',
      proof: 'sysctl net.ipv4.ip_no_pmtu_disc',
      fix: 'sysctl -w net.ipv4.ip_no_pmtu_disc=0',
    });
  }
  return found;
}

function findingAbout({ to, device, mtu }: PathFacts, overhead: number): Finding {
  const left = mtu - overhead;
  const proof = `ip route get ${to}; ip link show ${device}`;
  const says = `Of the ${mtu} octets that ${device} carries to ${to}, SAs leave ${left} or more for a packet.`;
  if (left >= LEAST_MTU) return { check: 'mtu', status: 'ok', says, proof, fix: null };
  const fix = `ip link set ${device} mtu ${LEAST_MTU + overhead}, if the link carries it; else clamp TCP: nft add rule inet filter forward tcp flags syn tcp option maxseg size set rt mtu`;
  return {
    check: 'mtu',
    status: 'warning',
    says: `${says.slice(0, -1)}, fewer than the ${LEAST_MTU} of IPv6.`,
    proof,
    fix,
  };
}

/** One SA of each protocol: those of a bundle come on top of each other, older ones are not used. */
function newestOfEach(sas: readonly SaParameters[]): SaParameters[] {
  const byProtocol = new Map<string, SaParameters>();
  // Newest first, as backends tell them.
  for (const sa of sas) if (!byProtocol.has(sa.protocol)) byProtocol.set(sa.protocol, sa);
  return [...byProtocol.values()];
}

/** The most octets that `sa` adds to a packet (RFC 4303 §2, RFC 4302 §2). */
function overheadOf(sa: SaParameters): number {
  const { protocol, mode, destination, encryption, integrity, encapsulation } = sa;
  // IPComp makes packets no longer (RFC 3173 §2.2).
  if (protocol === 'ipcomp') return 0;
  const outer = mode === 'tunnel' ? IP_HEADER[destination.version] : 0;
  const icv = integrity?.icvLength ?? 0;
  if (protocol === 'ah') {
    const unit = destination.version === 4 ? 4 : 8;
    return outer + Math.ceil((AH_HEADER + icv) / unit) * unit;
  }
  const udp = encapsulation === null ? 0 : UDP_HEADER;
  const cipher = encryption?.algorithm;
  const block = Math.max(4, cipher?.kind === 'cipher' ? cipher.blockLength : 0);
  const ownIcv = cipher?.kind === 'aead' ? cipher.icvLength : icv;
  const iv = cipher?.ivLength ?? 0;
  return outer + udp + ESP_HEADER + iv + (block - 1) + ESP_TRAILER + ownIcv;
}
