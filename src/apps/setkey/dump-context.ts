/**
 * Security contexts as both dumps print them.
 *
 * @module
 */
import type { SecurityContext } from '../../ipsec/security-context.ts';

/** Four lines, or none. The length is in octets and counts the zero at the end of a C string. */
export function contextLines(context: SecurityContext | null): string[] {
  if (context === null) return [];
  return [
    `\tsecurity context doi: ${context.doi}`,
    `\tsecurity context algorithm: ${context.algorithm}`,
    `\tsecurity context length: ${Buffer.byteLength(context.label) + 1}`,
    `\tsecurity context: ${context.label}`,
  ];
}
