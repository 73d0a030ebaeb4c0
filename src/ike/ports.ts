/**
 * The UDP ports that IKE's messages come in and go out by: what `io` and the data plane provide.
 *
 * @module
 */

import { IKE_PORT, NAT_TRAVERSAL_PORT } from '../ipsec/exemption.ts';
import { type IpAddress, isLinkLocal, sameAddress } from '../net/ip-address.ts';
import type { Listen, ListenAddress } from './configuration.ts';
import type { Path } from './path.ts';

/** Takes a message that came, without non-ESP marker. Its octets are good until this returns. */
export type TakeMessage = (path: Path, message: Uint8Array) => void;

/** A port that is not open, and why, as a sentence. */
export interface ClosedPort {
  readonly port: ListenAddress;
  readonly reason: string;
}

export interface IkePorts {
  /**
   * Has `wanted` and no others open from now on; resolves with those that could not be opened. What is
   * open already stays so. Calls must not overlap.
   */
  listen(wanted: readonly ListenAddress[]): Promise<readonly ClosedPort[]>;
  /**
   * Sends a message, or a keepalive of one octet, from the port that is its local end; what cannot be sent
   * is lost, as on the way.
   */
  send(path: Path, message: Uint8Array): void;
  close(): Promise<void>;
}

/** The ports of an address that the configuration does not name. */
const USUAL_PORTS = [
  { port: IKE_PORT, natTraversal: false },
  { port: NAT_TRAVERSAL_PORT, natTraversal: true },
] as const;

/** Ports to open on a host. */
export interface WantedPorts {
  readonly ports: readonly ListenAddress[];
  /** Those that are asked for by address, which the host has not. */
  readonly absent: readonly ListenAddress[];
}

/** The ports that `listen` asks for on a host with `addresses`. */
export function wantedPorts(listen: Listen, addresses: readonly IpAddress[]): WantedPorts {
  if (listen.addresses.length > 0) {
    const isHere = ({ address }: ListenAddress) =>
      addresses.some((own) => sameAddress(own, address));
    return {
      ports: listen.addresses.filter(isHere),
      absent: listen.addresses.filter((port) => !isHere(port)),
    };
  }
  const ports = addresses
    // Whose they are is known with their link alone, and paths name none.
    .filter((address) => !isLinkLocal(address))
    .flatMap((address) => USUAL_PORTS.map((usual) => ({ address, ...usual })));
  return { ports, absent: [] };
}
