/**
 * New keys as text, in the form of the file that they go into.
 *
 * @module
 */
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../crypto/algorithm.ts';
import type { Secret } from '../crypto/secret.ts';
import { toHex } from '../octets/hex.ts';

/** A key and what it is for. */
export interface NewKey {
  readonly algorithm: EncryptionAlgorithm | IntegrityAlgorithm;
  readonly key: Secret;
}

/** `0x…`, as setkey and the network scripts of Red Hat read it. */
export function keyDigits({ key }: Pick<NewKey, 'key'>): string {
  return `0x${toHex(key.expose())}`;
}

/** `-E aes-cbc 0x…`, as it stands in an `add` statement. */
export function keyClause({ algorithm, key }: NewKey): string {
  return `${optionOf(algorithm)} ${algorithm.name} ${keyDigits({ key })}`;
}

function optionOf({ kind }: NewKey['algorithm']): '-A' | '-E' {
  return kind === 'integrity' ? '-A' : '-E';
}

/** What a key is to Red Hat's scripts: the middle of `KEY_ESP_IN`, and of `ESP_PROTO`. */
export type IfcfgRole = 'ESP' | 'AESP' | 'AH';

/**
 * The role of each of `algorithms` in `ifcfg-ipsec0`: the cipher's is ESP, and beside it the first
 * integrity algorithm is ESP's own and the second AH's. `null` when they are more than that.
 */
export function ifcfgRoles(algorithms: readonly NewKey['algorithm'][]): IfcfgRole[] | null {
  const hasCipher = algorithms.some(({ kind }) => kind !== 'integrity');
  const free: IfcfgRole[] = hasCipher ? ['ESP', 'AESP', 'AH'] : ['AH'];
  const roles: IfcfgRole[] = [];
  for (const { kind } of algorithms) {
    const at = free.findIndex((role) => (role === 'ESP') === (kind !== 'integrity'));
    const [role] = at === -1 ? [] : free.splice(at, 1);
    if (role === undefined) return null;
    roles.push(role);
  }
  return roles;
}

/** The lines of `keys-ipsec0` for a key each way, and what `ifcfg-ipsec0` has to say beside them. */
export function ifcfgLines(
  keys: readonly {
    readonly role: IfcfgRole;
    readonly inbound: NewKey;
    readonly outbound: NewKey;
  }[],
): readonly string[] {
  const algorithms = keys.map(({ role, inbound }) => `${role}_PROTO=${inbound.algorithm.name}`);
  return [
    '# keys-ipsec0, mode 0600; the peer has each _IN as _OUT, and each _OUT as _IN',
    `# in ifcfg-ipsec0, on both: ${algorithms.join(' ')}`,
    ...keys.flatMap(({ role, inbound, outbound }) => [
      `KEY_${role}_IN=${keyDigits(inbound)}`,
      `KEY_${role}_OUT=${keyDigits(outbound)}`,
    ]),
  ];
}
