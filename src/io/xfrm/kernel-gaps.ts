/**
 * What this machine's kernel lacks of the protocols and algorithms that we know, each with a
 * sentence that says what is missing.
 *
 * Linux looks at the algorithms of an SA before it looks for its protocol (`rehearsal.ts`). So the
 * reason for an algorithm that the kernel has and no protocol to use it with is the protocol.
 *
 * @module
 */
import os from 'node:os';
import { NULL } from '../../crypto/null.ts';
import { ENCRYPTION_ALGORITHMS, INTEGRITY_ALGORITHMS } from '../../crypto/registry.ts';
import { COMPRESSION_ALGORITHMS } from '../../ipsec/compression.ts';
import { IPSEC_PROTOCOLS, type IpsecProtocol } from '../../ipsec/policy.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import { SystemError } from '../libc.ts';
import { sampleIpcompSa, sampleSa } from './kernel-ipsec.ts';
import { KernelTables } from './kernel-tables.ts';
import { missingOf, noProtocol } from './refusal.ts';
import { rehearse } from './rehearsal.ts';
import { saToKernel } from './to-kernel.ts';
import { NEEDS_PRIVILEGE } from './xfrm-socket.ts';

const { EPERM, EPROTONOSUPPORT } = os.constants.errno;

export interface KernelGap {
  readonly kind: 'protocol' | 'cipher' | 'integrity' | 'compression';
  /** As the registry has it. */
  readonly name: string;
  /** A clause: `this kernel has no ESP (CONFIG_INET_ESP)`. */
  readonly reason: string;
}

/** Every gap, for IPv4; empty when the kernel has all. Throws a `SystemError` without privilege. */
export function kernelGaps(): readonly KernelGap[] {
  let tables: KernelTables | undefined;
  try {
    tables = new KernelTables();
    return [
      ...protocolGaps(tables),
      ...cipherGaps(tables),
      ...integrityGaps(tables),
      ...compressionGaps(tables),
    ];
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== EPROTONOSUPPORT) throw error;
    return everything('this kernel has no XFRM (CONFIG_XFRM_USER)');
  } finally {
    tables?.close();
  }
}

function protocolGaps(tables: KernelTables): KernelGap[] {
  const samples: Readonly<Record<IpsecProtocol, readonly SaParameters[]>> = {
    esp: ENCRYPTION_ALGORITHMS.map((cipher) => sampleSa('esp', cipher, null)),
    ah: INTEGRITY_ALGORITHMS.map((integrity) => sampleSa('ah', null, integrity)),
    ipcomp: COMPRESSION_ALGORITHMS.map(sampleIpcompSa),
  };
  return IPSEC_PROTOCOLS.flatMap((name) => {
    const errnos = samples[name].map((sa) => ask(tables, sa));
    if (errnos.includes(0)) return [];
    const reason =
      errnos.includes(EPROTONOSUPPORT) || name === 'ipcomp'
        ? noProtocol(name, 4)
        : `this kernel has no algorithm for ${name.toUpperCase()} that ipseal knows`;
    return [{ kind: 'protocol' as const, name, reason }];
  });
}

function cipherGaps(tables: KernelTables): KernelGap[] {
  return ENCRYPTION_ALGORITHMS.flatMap((cipher) => {
    const reason = obstacle(tables, sampleSa('esp', cipher, null));
    return reason === null ? [] : [{ kind: 'cipher' as const, name: cipher.name, reason }];
  });
}

/** Either protocol will do. */
function integrityGaps(tables: KernelTables): KernelGap[] {
  return INTEGRITY_ALGORITHMS.flatMap((integrity) => {
    const reason = obstacle(tables, sampleSa('ah', null, integrity));
    if (reason === null || ask(tables, sampleSa('esp', NULL, integrity)) === 0) return [];
    return [{ kind: 'integrity' as const, name: integrity.name, reason }];
  });
}

function compressionGaps(tables: KernelTables): KernelGap[] {
  return COMPRESSION_ALGORITHMS.flatMap((compression) => {
    const reason = obstacle(tables, sampleIpcompSa(compression));
    return reason === null
      ? []
      : [{ kind: 'compression' as const, name: compression.name, reason }];
  });
}

/** Why the kernel would not take `sa`, as a clause; `null` when it would. */
function obstacle(tables: KernelTables, sa: SaParameters): string | null {
  const errno = ask(tables, sa);
  return errno === 0 ? null : missingOf(sa, errno, tables);
}

function ask(tables: KernelTables, sa: SaParameters): number {
  const errno = rehearse(tables, saToKernel(sa, 0));
  if (errno !== EPERM) return errno;
  throw new SystemError('ask the kernel about IPsec', errno, NEEDS_PRIVILEGE);
}

function everything(reason: string): KernelGap[] {
  return [
    ...IPSEC_PROTOCOLS.map((name) => ({ kind: 'protocol' as const, name, reason })),
    ...ENCRYPTION_ALGORITHMS.map(({ name }) => ({ kind: 'cipher' as const, name, reason })),
    ...INTEGRITY_ALGORITHMS.map(({ name }) => ({ kind: 'integrity' as const, name, reason })),
    ...COMPRESSION_ALGORITHMS.map(({ name }) => ({ kind: 'compression' as const, name, reason })),
  ];
}
