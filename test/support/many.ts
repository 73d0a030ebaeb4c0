/**
 * Setkey files with very many statements.
 *
 * @module
 */
import { formatIpAddress } from '../../src/net/ip-address.ts';

/** A file that adds `count` ESP SAs from 10.9.0.1, each to another host, and a policy for each. */
export function manyStatements(count: number): string {
  const lines = ['flush; spdflush;'];
  for (let k = 1; k <= count; k++) {
    const peer = formatIpAddress({
      version: 4,
      octets: Uint8Array.of(10, 100 + (k >>> 16), k >>> 8, k),
    });
    const spi = 0x10000 + k;
    const key = k.toString(16).padStart(32, '0');
    lines.push(
      `add 10.9.0.1 ${peer} esp ${spi} -E aes-cbc 0x${key} -A hmac-sha256-128 0x${key}${key};`,
      `spdadd 10.9.0.1 ${peer} any -P out ipsec esp/transport//require;`,
    );
  }
  return `${lines.join('\n')}\n`;
}
