/**
 * What IKE has to ask the world it runs in, and does not wait for: the question goes out with a number,
 * its answer comes in later, or never.
 *
 * @module
 */
import type { Secret } from '../crypto/secret.ts';
import type { Change } from '../ipsec/change.ts';
import type { PolicyRecord } from '../ipsec/record.ts';
import type { SelectorAddresses } from '../ipsec/selector.ts';
import type { SpiRequest } from '../ipsec/spi-request.ts';
import type { IpAddress } from '../net/ip-address.ts';

export type Question =
  /** An SPI for each of the requests, in their order. */
  | { readonly kind: 'spis'; readonly requests: readonly SpiRequest[] }
  /** The SPD, newest first: of the policies that have all of these addresses, or of all with `null`. */
  | { readonly kind: 'policies'; readonly including: SelectorAddresses | null }
  /** All of the changes, or none. */
  | { readonly kind: 'commit'; readonly changes: readonly Change[] }
  /** Whether somebody is who he says (XAuth). Who answers wipes the password. */
  | {
      readonly kind: 'password';
      /** Who knows: the host's own files, or PAM. */
      readonly source: 'system' | 'pam';
      readonly user: string;
      readonly password: Secret;
      /** Where he is. */
      readonly remote: IpAddress;
    };

export type Answer =
  | { readonly kind: 'spis'; readonly spis: readonly number[] }
  | { readonly kind: 'policies'; readonly policies: readonly PolicyRecord[] }
  | { readonly kind: 'committed' }
  /** `groups` are those that an accepted user belongs to. */
  | {
      readonly kind: 'password';
      readonly accepted: boolean;
      readonly groups: readonly string[];
    }
  /** Any question: it could not be done; the reason is a clause. */
  | { readonly kind: 'refused'; readonly reason: string };
