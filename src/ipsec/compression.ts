/**
 * Compression algorithms of IPComp (RFC 3173).
 *
 * @module
 */

/** The names that one goes by. */
export interface CompressionAlgorithm {
  /** As setkey and racoon spell it. */
  readonly name: string;
  /** As the kernel's crypto API spells it. */
  readonly linux: string;
  /** IANA "IKEv2 Notification IPCOMP Transform IDs", also the well-known CPI. */
  readonly transformId: number;
}

/** RFC 2394. */
export const DEFLATE: CompressionAlgorithm = { name: 'deflate', linux: 'deflate', transformId: 2 };

/** Those that Linux has: LZS and OUI have names in setkey, and no kernel to take them. */
export const COMPRESSION_ALGORITHMS: readonly CompressionAlgorithm[] = [DEFLATE];

/** The compression algorithm called `name`; `undefined` when there is none. */
export function compressionByName(name: string): CompressionAlgorithm | undefined {
  return COMPRESSION_ALGORITHMS.find((algorithm) => algorithm.name === name);
}

/** The compression algorithm that the kernel calls `linux`. */
export function compressionByLinuxName(linux: string): CompressionAlgorithm {
  return (
    COMPRESSION_ALGORITHMS.find((compression) => compression.linux === linux) ?? {
      name: linux,
      linux,
      transformId: 0,
    }
  );
}

/** Whether it is one of ours. */
export function isKnownCompression(algorithm: CompressionAlgorithm): boolean {
  return COMPRESSION_ALGORITHMS.includes(algorithm);
}
