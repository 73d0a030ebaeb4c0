/**
 * The keys that an interface uses, and the variables that hold them.
 *
 * @module
 */
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../../crypto/algorithm.ts';
import { Secret } from '../../../crypto/secret.ts';
import { fromHex } from '../../../octets/hex.ts';
import type { Environment, Variable } from '../../ifcfg/environment.ts';
import type { IpsecInterface, KeyedLayer } from '../../ifcfg/interface.ts';

/** A key of one direction, or a pre-shared key. */
export interface UsedKey {
  readonly variable: Variable;
  /** `null` of a pre-shared key. */
  readonly algorithm: EncryptionAlgorithm | IntegrityAlgorithm | null;
  readonly secret: Secret;
  /** Whether it was written as characters, and not as `0x` and digits. */
  readonly isText: boolean;
}

type Way = 'IN' | 'OUT';

/** Those of the interface `wanted`, whose files are in `environment`. */
export function usedKeys({ keying }: IpsecInterface, environment: Environment): UsedKey[] {
  if (keying.kind === 'manual') {
    return [
      ...keying.inbound.flatMap((layer) => keysOf(layer, 'IN', environment)),
      ...keying.outbound.flatMap((layer) => keysOf(layer, 'OUT', environment)),
    ];
  }
  const authentication = keying.peer?.authentication;
  const variable = environment.find('IKE_PSK');
  if (authentication?.method !== 'PSK' || authentication.key === null) return [];
  if (variable === undefined) return [];
  // In psk.txt, too, digits behind 0x are a number.
  const octets = variable.value === null ? undefined : hexIn(variable.value);
  const secret = octets === undefined ? authentication.key : new Secret(octets);
  return [{ variable, algorithm: null, secret, isText: octets === undefined }];
}

function keysOf(
  { protocol, encryption, integrity }: KeyedLayer,
  way: Way,
  environment: Environment,
): UsedKey[] {
  const [cipherName, integrityName] =
    protocol === 'esp' ? ['KEY_ESP', 'KEY_AESP'] : ['KEY_AH', 'KEY_AH'];
  return [
    ...keyIn(cipherName, encryption, way, environment),
    ...keyIn(integrityName, integrity, way, environment),
  ];
}

function keyIn(
  name: string,
  keyed: KeyedLayer['encryption'] | KeyedLayer['integrity'],
  way: Way,
  environment: Environment,
): UsedKey[] {
  const variable = environment.findFirst(`${name}_${way}`, name);
  if (keyed === null || variable === undefined) return [];
  const isText = !/^0x/i.test(variable.value ?? '');
  return [{ variable, algorithm: keyed.algorithm, secret: keyed.key, isText }];
}

function hexIn(value: string): Uint8Array | undefined {
  return /^0x/i.test(value) ? fromHex(value.slice(2)) : undefined;
}
