/**
 * What becomes of negotiations, in the words of racoon's log. Scripts look for these lines.
 *
 * @module
 */
import { formatCookies } from '../../ike/cookies.ts';
import type { IkeEvent, Phase1Identity } from '../../ike/event.ts';
import { formatUdpAddress, type Path } from '../../ike/path.ts';
import type { ExchangeMode } from '../../ike/peer.ts';
import { IKE_PORT } from '../../ipsec/exemption.ts';
import type { IpsecProtocol } from '../../ipsec/policy.ts';
import { formatSpi, type SaParameters } from '../../ipsec/sa-parameters.ts';
import type { Selector } from '../../ipsec/selector.ts';
import { formatIpAddress, sameAddress } from '../../net/ip-address.ts';
import { ipProtocolName } from '../../net/ip-protocol.ts';
import { isAnyPort, type PortRange } from '../../net/port-range.ts';
import type { Prefix } from '../../net/prefix.ts';
import {
  phase1DoubtEntries,
  phase1FailureEntries,
  phase2FailureEntries,
} from './failure-entries.ts';
import { entry, type LogEntry } from './log-line.ts';

/** The entries for `event`, in their order; most events have one. */
export function logEntries(event: IkeEvent): readonly LogEntry[] {
  switch (event.kind) {
    case 'phase1-begun':
      return phase1Begun(event.phase1);
    case 'phase1-established': {
      const { phase1 } = event;
      return [...portsMoved(phase1), info(`ISAKMP-SA established ${nameOf(phase1)}`)];
    }
    case 'phase1-settled':
      return [];
    case 'phase1-deleted':
      return phase1Deleted(event);
    case 'phase1-doubted':
      return phase1DoubtEntries(event.phase1, event.failure);
    case 'phase1-failed':
      return phase1FailureEntries(event.phase1, event.failure);
    case 'phase2-begun': {
      const { local, remote } = endsOf(event.phase1.path);
      return [info(`${VERB[event.role]} new phase 2 negotiation: ${local}<=>${remote}`)];
    }
    case 'phase2-established':
      return inboundFirst(event.sas, event.phase1.path).map((sa) =>
        info(establishedText(sa, event.phase1.path)),
      );
    case 'phase2-failed':
      return phase2FailureEntries(event.phase1, event.failure);
    case 'phase2-waits': {
      const peer = formatIpAddress(event.path.remote.address);
      return [info(`IPsec-SA request for ${peer} queued due to no phase1 found.`)];
    }
    case 'sas-deleted':
      return event.sas.map(({ spi }) => info(`purged IPsec-SA spi=${spi}.`));
    case 'initial-contact':
      return [entry('info', 'received INITIAL-CONTACT', peerOf(event.phase1))];
    case 'nat-detected':
      return [info(natText(event.local, event.remote))];
    case 'vendor-id':
      return [info(`received Vendor ID: ${event.name}`)];
    case 'let-pass':
      return [entry('warning', event.what, peerOf(event.phase1))];
    case 'xauth-succeeded':
      return [entry('info', 'Xauth succeeded', peerOf(event.phase1))];
    case 'mode-config-done':
      return [entry('info', 'mode configuration done', peerOf(event.phase1))];
    case 'policy-generated':
      return [info(`no policy found, try to generate the policy : ${inboundText(event.selector)}`)];
    case 'policy-removed':
      return [info('deleting a generated policy.')];
    case 'ignored':
      return [entry('warning', `ignore the packet: ${event.reason}`, event.path.remote.address)];
  }
}

function phase1Begun({ path, role, mode }: Phase1Identity): LogEntry[] {
  const { local, remote } = endsOf(path);
  return [
    info(`${VERB[role]} new phase 1 negotiation: ${local}<=>${remote}`),
    info(`begin ${MODE[mode]} mode.`),
  ];
}

/** A responder follows the initiator to the ports behind NATs (RFC 3947 §4). */
function portsMoved({ path, role }: Phase1Identity): LogEntry[] {
  if (role === 'initiator' || path.local.port === IKE_PORT) return [];
  const { local, remote } = endsOf(path);
  return [info(`NAT-T: ports changed to: ${remote}<->${local}`)];
}

function phase1Deleted({
  phase1,
  reason,
}: Extract<IkeEvent, { readonly kind: 'phase1-deleted' }>): LogEntry[] {
  const cookies = formatCookies(phase1);
  const deleted = info(`ISAKMP-SA deleted ${nameOf(phase1)}`);
  switch (reason) {
    case 'expired':
    case 'deleted-by-peer':
      return [info(`ISAKMP-SA expired ${nameOf(phase1)}`), deleted];
    case 'dead-peer':
      return [
        entry('info', `DPD: remote (ISAKMP-SA spi=${cookies}) seems to be dead.`, peerOf(phase1)),
        info(`purged ISAKMP-SA spi=${cookies}.`),
        deleted,
      ];
    case 'deleted-by-us':
    case 'replaced':
      return [info(`purged ISAKMP-SA spi=${cookies}.`), deleted];
  }
}

/** `10.9.0.1[500]-10.9.0.2[500] spi:ff34208fefdad6ce:19ccd36e2449e4ca` */
function nameOf(phase1: Phase1Identity): string {
  const { local, remote } = endsOf(phase1.path);
  return `${local}-${remote} spi:${formatCookies(phase1)}`;
}

/** Both SAs of a pair are told with our end first. */
function establishedText({ protocol, mode, spi }: SaParameters, path: Path): string {
  const { local, remote } = endsOf(path);
  const kind = `${PROTOCOL[protocol]}/${mode === 'tunnel' ? 'Tunnel' : 'Transport'}`;
  const digits = formatSpi(spi).replace(/^0x0*/, '0x');
  return `IPsec-SA established: ${kind} ${local}->${remote} spi=${spi}(${digits})`;
}

/** Inbound before outbound; of each, the outer layers first. */
function inboundFirst(sas: readonly SaParameters[], { local }: Path): readonly SaParameters[] {
  const rank = ({ destination, protocol }: SaParameters): number =>
    (sameAddress(destination, local.address) ? 0 : ORDER.length) + ORDER.indexOf(protocol);
  return sas.toSorted((a, b) => rank(a) - rank(b));
}

/** A blank stands behind each end, as it always did. */
function natText(local: boolean, remote: boolean): string {
  const verdict = local || remote ? 'NAT detected:' : 'NAT not detected';
  return `${verdict} ${local ? 'ME ' : ''}${remote ? 'PEER' : ''}`;
}

/** `10.1.0.0/16[0] 10.2.0.0/16[0] proto=any dir=in`: the peer's end first, as its packets have it. */
function inboundText(selector: Selector): string {
  const { localAddress, remoteAddress, localPort, remotePort, nextLayerProtocol } = selector;
  const protocol = nextLayerProtocol === 'any' ? 'any' : ipProtocolName(nextLayerProtocol);
  const ends = [endText(remoteAddress, remotePort), endText(localAddress, localPort)];
  return `${ends.join(' ')} proto=${protocol} dir=in`;
}

function endText({ address, length }: Prefix, port: PortRange): string {
  return `${formatIpAddress(address)}/${length}[${isAnyPort(port) ? 0 : port.first}]`;
}

function endsOf({ local, remote }: Path): { readonly local: string; readonly remote: string } {
  return { local: formatUdpAddress(local), remote: formatUdpAddress(remote) };
}

function peerOf({ path }: Phase1Identity) {
  return path.remote.address;
}

function info(text: string): LogEntry {
  return entry('info', text);
}

const VERB = { initiator: 'initiate', responder: 'respond' } as const;

const MODE: Readonly<Record<ExchangeMode, string>> = {
  main: 'Identity Protection',
  aggressive: 'Aggressive',
  base: 'Base',
};

const PROTOCOL: Readonly<Record<IpsecProtocol, string>> = {
  esp: 'ESP',
  ah: 'AH',
  ipcomp: 'IPCOMP',
};
/** From the outermost layer to the innermost. */
const ORDER: readonly IpsecProtocol[] = ['ah', 'esp', 'ipcomp'];
