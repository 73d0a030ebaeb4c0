/**
 * The variables of `ifcfg-NAME` and `keys-NAME` for IPsec, those of Red Hat Enterprise Linux 4 to 6
 * and of Fedora between them, and which of them may be shown.
 *
 * @module
 */

/** Of IPsec, with what they hold in the open. */
const PUBLIC = [
  'TYPE',
  'ONBOOT',
  'DST',
  'SRC',
  'SRCNET',
  'DSTNET',
  'SRCGW',
  'DSTGW',
  'KEYING',
  'SPI_ESP_IN',
  'SPI_ESP_OUT',
  'SPI_AH_IN',
  'SPI_AH_OUT',
  ...eachWay('ESP_PROTO', 'AESP_PROTO', 'AH_PROTO'),
  'IKE_METHOD',
  'IKE_CERTFILE',
  'IKE_PEER_CERTFILE',
  'IKE_CA_CERTFILE',
  'IKE_DNSSEC',
  'IKE_DHGROUP',
  'IKE_AUTH',
  'IKE_ENC',
  'IKE_MODE',
  'DPD_DELAY',
  'NAT_TRAVERSAL',
  'MYID_TYPE',
  'MYID_VALUE',
  'IPSECID',
] as const;

/** Of IPsec, with keys. */
const SECRET = [...eachWay('KEY_ESP', 'KEY_AESP', 'KEY_AH'), 'IKE_PSK', 'RSA_KEY'];

/** Of interfaces of any type: they have a meaning, and none for IPsec. */
const OF_ALL_INTERFACES: ReadonlySet<string> = new Set([
  'BOOTPROTO',
  'DEVICE',
  'HOTPLUG',
  'HWADDR',
  'IPV6INIT',
  'NAME',
  'NETWORKING',
  'NM_CONTROLLED',
  'PEERDNS',
  'STARTMODE',
  'USERCTL',
  'UUID',
  'ZONE',
]);

/** Of IPsec, but written by the configuration tool for itself: no script ever read them. */
const OF_THE_TOOL: ReadonlySet<string> = new Set(['DSTGW', 'IPSECID']);

/** Every variable of IPsec, those that are asked for most first. */
export const IPSEC_VARIABLES: readonly string[] = [...PUBLIC, ...SECRET];

const SHOWN: ReadonlySet<string> = new Set(PUBLIC);
const KNOWN: ReadonlySet<string> = new Set(IPSEC_VARIABLES);

/** Whether the value of `name` may be shown; that of a variable which nobody knows may not. */
export function isPublicVariable(name: string): boolean {
  return SHOWN.has(name) || OF_ALL_INTERFACES.has(name);
}

/** Whether the value of `name` is a key: who can read the file that has it can read the traffic. */
export function isSecretVariable(name: string): boolean {
  return KNOWN.has(name) && !SHOWN.has(name);
}

/** Whether `name` is a variable of IPsec, whatever may be made of it. */
export function isIpsecVariable(name: string): boolean {
  return KNOWN.has(name);
}

/** Whether `name` may stand in a file without a word, although nothing asks for it. */
export function isSilentVariable(name: string): boolean {
  return OF_ALL_INTERFACES.has(name) || OF_THE_TOOL.has(name) || name === 'ONBOOT';
}

/** A variable for both directions, and one for each of them. */
function eachWay(...names: readonly string[]): string[] {
  return names.flatMap((name) => [name, `${name}_IN`, `${name}_OUT`]);
}
