/**
 * Warnings about keys and algorithms that work, and hardly do what was meant.
 *
 * - `weak-algorithm`: one for each algorithm that nobody should choose today;
 * - `esp-without-integrity`: packets are enciphered, and nothing shows that they were changed;
 * - `counter-mode-with-static-key`: a key from a file under an algorithm that no IV may meet twice.
 *
 * @module
 */
import { type AlgorithmNames, isCounterMode } from '../../crypto/algorithm.ts';
import { isAuthenticated } from '../../ipsec/sa-parameters.ts';
import type { Variable } from './environment.ts';
import type { KeyedLayer } from './interface.ts';

/** A layer, and the variables that named its algorithms or, where none did, its key. */
export interface FoundLayer {
  readonly layer: KeyedLayer;
  readonly encryptionAt: Variable | null;
  readonly integrityAt: Variable | null;
  readonly keyAt: Variable;
}

/** Looks at the layers of both directions, in which nothing is wrong. */
export function lintLayers(layers: readonly FoundLayer[]): void {
  const told = new Set<AlgorithmNames>();
  for (const { layer, encryptionAt, integrityAt } of layers) {
    tellWeakness(layer.encryption?.algorithm, encryptionAt, told);
    tellWeakness(layer.integrity?.algorithm, integrityAt, told);
  }
  const hasAh = layers.some(({ layer }) => layer.protocol === 'ah');
  const esp = layers.find(({ layer }) => layer.protocol === 'esp');
  if (esp === undefined) return;
  const open = layers.find(({ layer }) => layer.protocol === 'esp' && !isAuthenticated(layer));
  if (open !== undefined && !hasAh) {
    // RFC 8221 §4
    open.keyAt.warning('esp-without-integrity', ESP_WITHOUT_INTEGRITY, {
      fix: 'add AESP_PROTO=hmac-sha256 and KEY_AESP of 256 bits, on both hosts',
    });
  }
  const { encryption } = esp.layer;
  if (encryption === null || !isCounterMode(encryption.algorithm)) return;
  // RFC 8221 §3, RFC 4106 §2
  const message = `${encryption.algorithm.name} with a key from a file: after a restart, IVs may repeat under it, and then whoever listens can read and forge packets`;
  esp.encryptionAt?.warning('counter-mode-with-static-key', message, {
    expected: 'a key that a daemon negotiates anew each time (RFC 8221 §3)',
    fix: 'write ESP_PROTO=aes-cbc and AESP_PROTO=hmac-sha256, with a key each, on both hosts',
  });
}

function tellWeakness(
  algorithm: AlgorithmNames | undefined,
  at: Variable | null,
  told: Set<AlgorithmNames>,
): void {
  if (algorithm === undefined || algorithm.weakness === null || told.has(algorithm)) return;
  told.add(algorithm);
  at?.warning('weak-algorithm', `${algorithm.name} is weak: ${algorithm.weakness}`);
}

const ESP_WITHOUT_INTEGRITY =
  'ESP without KEY_AESP hides packets and does not protect them: whoever is on the way can change them';
