/**
 * What IKE has to ask the world it runs in, and does not wait for: the question goes out with a number,
 * its answer comes in later, or never.
 *
 * @module
 */
import type { Secret } from '../crypto/secret.ts';
import type { Change } from '../ipsec/change.ts';
import type { PolicyRecord } from '../ipsec/record.ts';
import type { SpiRequest } from '../ipsec/spi-request.ts';

export type Question =
  /** An SPI for each of the requests, in their order. */
  | { readonly kind: 'spis'; readonly requests: readonly SpiRequest[] }
  /** The SPD, whole. */
  | { readonly kind: 'policies' }
  /** All of the changes, or none. */
  | { readonly kind: 'commit'; readonly changes: readonly Change[] }
  /** Whether somebody is who he says, and in one of `groups` if there are any (XAuth). */
  | {
      readonly kind: 'password';
      readonly user: string;
      readonly password: Secret;
      readonly groups: readonly string[];
    };

export type Answer =
  | { readonly kind: 'spis'; readonly spis: readonly number[] }
  | { readonly kind: 'policies'; readonly policies: readonly PolicyRecord[] }
  | { readonly kind: 'committed' }
  | { readonly kind: 'password'; readonly accepted: boolean }
  /** Any question: it could not be done; the reason is a clause. */
  | { readonly kind: 'refused'; readonly reason: string };
