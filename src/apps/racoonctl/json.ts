/**
 * What racoonctl tells programs: docs/racoonctl.md has the shapes.
 *
 * @module
 */

import { formatSpi } from '../../ipsec/sa-parameters.ts';
import { formatIpAddress, type IpAddress } from '../../net/ip-address.ts';
import type { ShownPhase1, ToldEvent } from '../racoon/admin/protocol.ts';
import { eventText } from '../racoon/event-text.ts';

interface EndJson {
  readonly address: string;
  readonly port: number;
}

/** An ISAKMP SA. */
export function phase1ToJson(phase1: ShownPhase1): object {
  const { local, remote, establishedAt, expiresAt, phase2, ...rest } = phase1;
  return {
    local: end(local),
    remote: end(remote),
    ...rest,
    establishedAt: establishedAt === null ? null : isoTime(establishedAt),
    expiresAt: expiresAt === null ? null : isoTime(expiresAt),
    phase2: phase2.map(({ messageId, sas, ...others }) => ({
      messageId: formatSpi(messageId),
      ...others,
      sas: sas.map(({ destination, protocol, spi }) => ({
        destination: formatIpAddress(destination),
        protocol,
        spi: formatSpi(spi),
      })),
    })),
  };
}

/** An event. */
export function eventToJson({ what, at, local, remote }: ToldEvent): object {
  return {
    time: isoTime(at),
    event: what,
    local: local && end(local),
    remote: remote && end(remote),
  };
}

/** An event as racoonctl writes it for people. */
export function toldText({ what, local, remote }: ToldEvent): string {
  return eventText({ what, path: local && remote && { local, remote } });
}

/** `2026-11-21T16:29:32Z` */
export function isoTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

function end({ address, port }: { readonly address: IpAddress; readonly port: number }): EndJson {
  return { address: formatIpAddress(address), port };
}
