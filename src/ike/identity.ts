/**
 * Who a peer says that it is, and which traffic an IPsec SA is for: the identities of RFC 2407
 * §4.6.2, as a configuration has them.
 *
 * @module
 */
import type { IpAddress } from '../net/ip-address.ts';
import type { Prefix } from '../net/prefix.ts';

/** An identity of phase 1. */
export type Identity =
  /** `null` is the address that the exchange itself has. */
  | { readonly kind: 'address'; readonly address: IpAddress | null }
  | { readonly kind: 'fqdn' | 'user-fqdn' | 'key-id'; readonly name: string }
  /** The octets of the file, which nobody has read yet. */
  | { readonly kind: 'key-id-file'; readonly path: string }
  /** `null` is the subject of the certificate, or any name where a peer's is asked for. */
  | { readonly kind: 'distinguished-name'; readonly name: DistinguishedName | null }
  /** The name as it stands in certificates (DER). */
  | { readonly kind: 'distinguished-name-der'; readonly octets: Uint8Array };

/** `C=DE, O=Gazette, CN=*`, part by part. */
export type DistinguishedName = readonly NamePart[];

export interface NamePart {
  /** As written: `CN`, `emailAddress`. */
  readonly attribute: string;
  /** `null` is any value, as far as peers' names go. */
  readonly value: string | null;
}

/** An identity of phase 2. */
export type TrafficIdentity =
  | ({ readonly kind: 'network'; readonly prefix: Prefix } & Traffic)
  | ({ readonly kind: 'range'; readonly first: IpAddress; readonly last: IpAddress } & Traffic)
  | { readonly kind: 'fqdn' | 'user-fqdn' | 'key-id'; readonly name: string };

/** What of the packets between addresses is meant. */
export interface Traffic {
  /** 0 is any. */
  readonly port: number;
  /** IP protocol number; 0 is any. */
  readonly protocol: number;
}
