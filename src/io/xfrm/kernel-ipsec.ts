/**
 * Which parts of IPsec this machine's kernel has.
 *
 * Asked, not assumed: sample SAs between documentation addresses (RFC 5737) are rehearsed, see
 * `rehearsal.ts`; none is ever added.
 *
 * @module
 */
import os from 'node:os';
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../crypto/algorithm.ts';
import { NULL } from '../../crypto/null.ts';
import { CIPHERS, ENCRYPTION_ALGORITHMS, INTEGRITY_ALGORITHMS } from '../../crypto/registry.ts';
import { Secret } from '../../crypto/secret.ts';
import type { Capabilities } from '../../ipsec/backend.ts';
import { COMPRESSION_ALGORITHMS, type CompressionAlgorithm } from '../../ipsec/compression.ts';
import { UNLIMITED } from '../../ipsec/lifetime.ts';
import { IPSEC_PROTOCOLS, type IpsecProtocol } from '../../ipsec/policy.ts';
import { LEAST_SPI, NO_EXTRAS, type SaParameters } from '../../ipsec/sa-parameters.ts';
import { SystemError } from '../libc.ts';
import { KernelTables } from './kernel-tables.ts';
import { rehearse } from './rehearsal.ts';
import { saToKernel } from './to-kernel.ts';
import { NEEDS_PRIVILEGE } from './xfrm-socket.ts';

const { EPERM, EPROTONOSUPPORT } = os.constants.errno;

/** Whether the kernel has ESP and AH, for IPv4; or why that cannot be told, as a clause. */
export function kernelHasIpsec(): { readonly esp: boolean; readonly ah: boolean } | string {
  let tables: KernelTables | undefined;
  try {
    tables = new KernelTables();
    return { esp: hasProtocol(tables, 'esp'), ah: hasProtocol(tables, 'ah') };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errno === EPROTONOSUPPORT) return 'this kernel has no XFRM (CONFIG_XFRM_USER)';
    return error.errno === EPERM ? NEEDS_PRIVILEGE : error.message;
  } finally {
    tables?.close();
  }
}

/** What works, by rehearsal of each protocol and algorithm. Throws a `SystemError`. */
export function kernelCapabilities(tables: KernelTables): Capabilities {
  const protocols = IPSEC_PROTOCOLS.filter((protocol) => hasProtocol(tables, protocol));
  return {
    backend: 'kernel',
    protocols,
    ciphers: ENCRYPTION_ALGORITHMS.filter((cipher) =>
      takes(tables, sampleSa('esp', cipher, null)),
    ).map(({ name }) => name),
    integrity: INTEGRITY_ALGORITHMS.filter(
      (integrity) =>
        takes(tables, sampleSa('ah', null, integrity)) ||
        takes(tables, sampleSa('esp', NULL, integrity)),
    ).map(({ name }) => name),
    compression: COMPRESSION_ALGORITHMS.filter((compression) =>
      takes(tables, sampleIpcompSa(compression)),
    ).map(({ name }) => name),
  };
}

/** Algorithms are looked at first: the protocol is there if the kernel takes it with any. */
function hasProtocol(tables: KernelTables, protocol: IpsecProtocol): boolean {
  switch (protocol) {
    case 'esp':
      return CIPHERS.some((cipher) => takes(tables, sampleSa('esp', cipher, null)));
    case 'ah':
      return INTEGRITY_ALGORITHMS.some((one) => takes(tables, sampleSa('ah', null, one)));
    case 'ipcomp':
      return COMPRESSION_ALGORITHMS.some((one) => takes(tables, sampleIpcompSa(one)));
  }
}

function takes(tables: KernelTables, sa: SaParameters): boolean {
  const errno = rehearse(tables, saToKernel(sa, 0));
  if (errno !== EPERM) return errno === 0;
  throw new SystemError('ask the kernel about IPsec', errno, NEEDS_PRIVILEGE);
}

/** An SA that nobody uses, with keys of zeros: good for a rehearsal only. */
export function sampleSa(
  protocol: IpsecProtocol,
  cipher: EncryptionAlgorithm | null,
  integrity: IntegrityAlgorithm | null,
): SaParameters {
  return {
    source: { version: 4, octets: Uint8Array.of(192, 0, 2, 1) },
    destination: { version: 4, octets: Uint8Array.of(192, 0, 2, 2) },
    protocol,
    spi: LEAST_SPI,
    mode: 'transport',
    reqid: 0,
    replayWindow: 0,
    encryption: cipher && { algorithm: cipher, key: blankKey(cipher) },
    integrity: integrity && {
      algorithm: integrity,
      key: blankKey(integrity),
      icvLength: integrity.icvLength,
    },
    ...NO_EXTRAS,
    softLifetime: UNLIMITED,
    hardLifetime: UNLIMITED,
  };
}

/** As {@link sampleSa}, with nothing but compression. */
export function sampleIpcompSa(compression: CompressionAlgorithm): SaParameters {
  return { ...sampleSa('ipcomp', null, null), compression };
}

/** Of the shortest length; a rehearsal looks at no more. */
function blankKey({ keyBits }: EncryptionAlgorithm | IntegrityAlgorithm): Secret {
  return new Secret(new Uint8Array((keyBits[0] ?? 0) / 8));
}
