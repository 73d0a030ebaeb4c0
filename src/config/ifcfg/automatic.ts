/**
 * Automatic keying: from `IKE_*` and its like to what racoon shall be told of the peer.
 *
 * @module
 */
import { Secret } from '../../crypto/secret.ts';
import { suggestedFix } from '../suggest.ts';
import type { Environment, Variable } from './environment.ts';
import type {
  AutomaticKeying,
  PskAuthentication,
  RacoonPeer,
  X509Authentication,
} from './interface.ts';
import { readQuotable, readWord } from './words.ts';

export const IKE_METHODS = ['PSK', 'X509', 'GSSAPI'] as const;
export type IkeMethod = (typeof IKE_METHODS)[number];

/**
 * Reads what there is to negotiate; `undefined` when something is wrong and was reported. Without
 * `method`, racoon's files are not written.
 */
export function readAutomatic(
  environment: Environment,
  method: IkeMethod | null,
): AutomaticKeying | undefined {
  const protocols = (['esp', 'ah'] as const).filter(
    (protocol) => environment.find(`${protocol.toUpperCase()}_PROTO`)?.value !== 'none',
  );
  const peer = method === null ? null : readPeer(environment, method);
  if (protocols.length > 0)
    return peer === undefined ? undefined : { kind: 'automatic', protocols, peer };
  const message = 'ESP and AH are both switched off, and nothing is left to protect packets';
  return environment.missing('no-keying', environment.find('AH_PROTO'), message, {
    fix: 'leave AH_PROTO=none or ESP_PROTO=none out',
  });
}

function readPeer(environment: Environment, method: IkeMethod): RacoonPeer | undefined {
  const authentication = readAuthentication(environment, method);
  const exchangeModes = readExchangeModes(environment.find('IKE_MODE'));
  const dpdDelay = readSeconds(environment.find('DPD_DELAY'));
  const natTraversal = readOptional(environment.find('NAT_TRAVERSAL'), (variable) =>
    readWord(variable, 'setting of NAT traversal', ['on', 'off', 'force']),
  );
  const encryption = readCipher(environment);
  const hash = readHash(environment);
  const dhGroup = readGroup(environment.find('IKE_DHGROUP'));
  if (authentication === undefined || exchangeModes === undefined) return undefined;
  if (dpdDelay === undefined || natTraversal === undefined) return undefined;
  if (encryption === undefined || hash === undefined || dhGroup === undefined) return undefined;
  return { authentication, exchangeModes, dpdDelay, natTraversal, encryption, hash, dhGroup };
}

function readAuthentication(
  environment: Environment,
  method: IkeMethod,
): RacoonPeer['authentication'] | undefined {
  switch (method) {
    case 'PSK':
      return readPsk(environment);
    case 'X509':
      return readX509(environment);
    case 'GSSAPI':
      return { method };
  }
}

function readPsk(environment: Environment): PskAuthentication | undefined {
  const key = readOptional(environment.find('IKE_PSK'), readSharedKey);
  const identifier = readIdentifier(environment);
  if (key === undefined || identifier === undefined) return undefined;
  if (key === null) {
    environment.find('IKE_METHOD')?.warning('missing-psk', 'no IKE_PSK: psk.txt is left as it is', {
      expected: 'IKE_PSK in the keys file, or a line of psk.txt for the peer',
    });
  }
  return { method: 'PSK', key, identifier };
}

/** A line of `psk.txt`: what stands behind the blanks, to the end of the line. */
function readSharedKey(variable: Variable): Secret | undefined {
  const { value } = variable;
  if (value === null) return undefined;
  if (!/^\s|\p{Cc}|\s$/u.test(value)) return new Secret(new TextEncoder().encode(value));
  return variable.error('unwritable', 'psk.txt has no way to write this key', {
    expected: 'a text without line ends and other control characters, and no blank at either end',
  });
}

/** How this host is called, where that is not by its address. */
function readIdentifier(environment: Environment): PskAuthentication['identifier'] | undefined {
  const [typeAt, valueAt] = [environment.find('MYID_TYPE'), environment.find('MYID_VALUE')];
  const type = readOptional(typeAt, (variable) =>
    readWord(variable, 'type of identifier', ['address', 'fqdn', 'user_fqdn']),
  );
  if (type === undefined) return undefined;
  if (type === null || type === 'address') {
    valueAt?.warning('no-effect', 'MYID_VALUE has no effect without a MYID_TYPE that is a name', {
      fix: 'write MYID_TYPE=fqdn or MYID_TYPE=user_fqdn',
    });
    return null;
  }
  if (valueAt === undefined) {
    return typeAt?.error('missing-identifier', `a ${type}, and MYID_VALUE does not say which`, {
      expected: 'MYID_VALUE',
    });
  }
  const value = readQuotable(valueAt);
  return value === undefined ? undefined : { type, value };
}

function readX509(environment: Environment): X509Authentication | undefined {
  const certificateAt = environment.find('IKE_CERTFILE');
  const certificate = readOptional(certificateAt, readQuotable);
  const peerCertificate = readOptional(environment.find('IKE_PEER_CERTFILE'), readQuotable);
  const caCertificate = readOptional(environment.find('IKE_CA_CERTFILE'), readQuotable);
  const dnssec = environment.find('IKE_DNSSEC') !== undefined;
  if (certificate === undefined || peerCertificate === undefined) return undefined;
  if (caCertificate === undefined) return undefined;
  return { method: 'X509', certificate, peerCertificate, caCertificate, dnssec };
}

function readExchangeModes(variable: Variable | undefined): readonly string[] | undefined {
  if (variable === undefined) return ['main', 'aggressive'];
  if (variable.value === null) return undefined;
  const modes = variable.value.split(/[\s,]+/).filter((mode) => mode !== '');
  const wrong = modes.find((mode) => !EXCHANGE_MODES.includes(mode));
  if (wrong === undefined && modes.length > 0) return modes;
  return variable.error('unknown-exchange-mode', `"${wrong ?? ''}" is not an exchange mode`, {
    expected: EXCHANGE_MODES.join(', '),
    fix: suggestedFix(wrong ?? '', EXCHANGE_MODES),
  });
}

function readSeconds(variable: Variable | undefined): number | null | undefined {
  if (variable === undefined) return null;
  if (variable.value === null) return undefined;
  if (/^\d{1,6}$/.test(variable.value)) return Number(variable.value);
  return variable.error('not-a-number', `${variable.shown} is not a number of seconds`, {
    expected: 'a number from 0 to 999999',
  });
}

/** `3des`, or with the bits of a key that has several lengths `aes 256`. */
function readCipher(environment: Environment): string | undefined {
  const own = environment.find('IKE_ENC');
  const variable = own ?? environment.find('ESP_PROTO');
  if (variable === undefined || (own === undefined && variable.value === 'none')) return '3des';
  if (variable.value === null) return undefined;
  const [name = '', bits, ...rest] = variable.value.split(/[\s,]+/);
  const lengths = PHASE_1_CIPHERS.get(name);
  if (
    lengths !== undefined &&
    rest.length === 0 &&
    (bits === undefined || lengths.includes(bits))
  ) {
    return bits === undefined ? name : `${name} ${bits}`;
  }
  return variable.error('unknown-algorithm', `${variable.shown} is not a cipher of racoon's`, {
    expected: [...PHASE_1_CIPHERS.keys()].join(', '),
    fix: suggestedFix(name.replace(/-cbc$/, ''), [...PHASE_1_CIPHERS.keys()]),
  });
}

function readHash(environment: Environment): string | undefined {
  const own = environment.find('IKE_AUTH');
  const variable = own ?? environment.find('AH_PROTO');
  if (variable === undefined || (own === undefined && variable.value === 'none')) return 'sha1';
  if (variable.value === null) return undefined;
  if (PHASE_1_HASHES.includes(variable.value)) return variable.value;
  return variable.error('unknown-algorithm', `${variable.shown} is not a hash of racoon's`, {
    expected: PHASE_1_HASHES.join(', '),
    fix: suggestedFix(variable.value.replace(/^hmac[-_]/, ''), PHASE_1_HASHES),
  });
}

function readGroup(variable: Variable | undefined): string | undefined {
  if (variable === undefined) return '2';
  if (variable.value === null) return undefined;
  if (DH_GROUPS.includes(variable.value)) return variable.value;
  return variable.error('unknown-group', `${variable.shown} is not a Diffie-Hellman group`, {
    expected: DH_GROUPS.join(', '),
  });
}

/** `null` where there is no variable. */
function readOptional<T>(
  variable: Variable | undefined,
  read: (variable: Variable) => T | undefined,
): T | null | undefined {
  return variable === undefined ? null : read(variable);
}

const EXCHANGE_MODES: readonly string[] = ['main', 'aggressive', 'base'];
/** Racoon's names for phase 1, and the key lengths that may stand behind them. */
const PHASE_1_CIPHERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['aes', ['128', '192', '256']],
  ['camellia', ['128', '192', '256']],
  ['3des', []],
  ['blowfish', ['128', '192', '256', '448']],
  ['cast128', ['128']],
  ['des', []],
  ['rijndael', ['128', '192', '256']],
]);
const PHASE_1_HASHES: readonly string[] = ['sha1', 'sha256', 'sha384', 'sha512', 'md5'];
const DH_GROUPS: readonly string[] = [
  ...['1', '2', '5', '14', '15', '16', '17', '18'],
  ...[
    'modp768',
    'modp1024',
    'modp1536',
    'modp2048',
    'modp3072',
    'modp4096',
    'modp6144',
    'modp8192',
  ],
];
