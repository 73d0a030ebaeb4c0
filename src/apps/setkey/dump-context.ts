/**
 * Security contexts as both dumps print them.
 *
 * @module
 */
import type { SecurityContext } from '../../ipsec/security-context.ts';

/** Four lines, or none. The length is in octets, as Linux counts them. */
export function contextLines(context: SecurityContext | null): string[] {
  if (context === null) return [];
  return [
    `\tsecurity context doi: ${context.doi}`,
    `\tsecurity context algorithm: ${context.algorithm}`,
    `\tsecurity context length: ${Buffer.byteLength(context.label) + CLOSING_ZEROS}`,
    `\tsecurity context: ${context.label}`,
  ];
}

/** The original sent the label with its closing zero, and Linux counts one more. */
const CLOSING_ZEROS = 2;
