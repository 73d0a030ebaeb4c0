/**
 * Writes SAs as Wireshark's table for deciphering ESP (`read.ts` has its form). Keys are shown: the
 * caller sees to it that nobody else reads them.
 *
 * @module
 */
import { CHACHA20_POLY1305 } from '../../crypto/chacha20-poly1305.ts';
import { authenticates, formatSpi, type SaParameters } from '../../ipsec/sa-parameters.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { toHex } from '../../octets/hex.ts';
import { unchecked, WIRESHARK_CIPHERS, WIRESHARK_INTEGRITY } from './algorithm-names.ts';

/**
 * The line for `sa`, without its end; or why Wireshark cannot be told of it, as a clause. One line
 * that Wireshark 4.0 does not understand, and it reads none of the table.
 */
export function wiresharkLine(sa: SaParameters): { line: string } | { failure: string } {
  if (sa.protocol !== 'esp') return { failure: 'its table is for ESP alone' };
  if (sa.encryption === null) return { failure: 'the SA has no keys yet' };
  const { algorithm, key } = sa.encryption;
  const cipher = nameOfCipher(algorithm);
  if (cipher === undefined) return { failure: `Wireshark 4.0 does not know ${algorithm.name}` };
  const mac = integrityFields(sa);
  if (mac === undefined) {
    const { name } = sa.integrity?.algorithm ?? algorithm;
    return { failure: `Wireshark has no name for ${name} cut so` };
  }
  const { source, destination, spi } = sa;
  const fields = [
    `IPv${destination.version}`,
    formatIpAddress(source),
    formatIpAddress(destination),
    formatSpi(spi),
    cipher,
    digits(key.expose()),
    ...mac,
  ];
  return { line: fields.map((field) => `"${field}"`).join(',') };
}

type Encryption = NonNullable<SaParameters['encryption']>;

function nameOfCipher(algorithm: Encryption['algorithm']): string | undefined {
  if (algorithm === CHACHA20_POLY1305) return undefined;
  for (const [name, known] of WIRESHARK_CIPHERS) if (known === algorithm) return name;
  return undefined;
}

/** Name and key; an ICV that Wireshark cannot compute is one that it shall not check. */
function integrityFields({ integrity }: SaParameters): [string, string] | undefined {
  if (!authenticates(integrity)) return ['NULL', ''];
  const { algorithm, key, icvLength } = integrity;
  for (const [name, known] of WIRESHARK_INTEGRITY) {
    if (known.algorithm === algorithm && known.icvLength === icvLength) {
      return [name, digits(key.expose())];
    }
  }
  const name = unchecked(icvLength);
  return name === undefined ? undefined : [name, ''];
}

function digits(octets: Uint8Array): string {
  return octets.length === 0 ? '' : `0x${toHex(octets)}`;
}
