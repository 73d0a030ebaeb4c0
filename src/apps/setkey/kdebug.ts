/**
 * PF_KEY messages as `setkey -x` and `setkey -v` print them, blank for blank as setkey 0.8.2.
 *
 * That one printed keys from a wrong address; here they are the octets of the message.
 *
 * @module
 */
import type { IpAddress } from '../../net/ip-address.ts';
import { toHex } from '../../octets/hex.ts';
import type { SadbAddress } from '../../pfkey/address.ts';
import { IPSEC_POLICY, PF_KEY_V2, SADB_EXT } from '../../pfkey/constants.ts';
import {
  SADB_UNIT,
  type SadbExtension,
  sadbExtensionLength,
  sadbExtensionType,
} from '../../pfkey/extension.ts';
import type { SadbKey } from '../../pfkey/key.ts';
import type { SadbLifetime } from '../../pfkey/lifetime.ts';
import { type SadbMessage, sadbMessageLength } from '../../pfkey/message.ts';
import { type SadbPolicy, type SadbRequest, sadbRequestLength } from '../../pfkey/policy.ts';
import type { SadbCombination, SadbProposal } from '../../pfkey/proposal.ts';
import {
  type SocketAddress,
  socketAddressLength,
  socketFamily,
} from '../../pfkey/socket-address.ts';
import type { SadbSupported } from '../../pfkey/supported.ts';

const GROUP_DIGITS = 8;
const GROUPS_A_LINE = 8;
const DUMP_OCTETS_A_LINE = 16;

/** What 0.8.2 printed the header of and no more. */
const SILENT: ReadonlySet<number> = new Set([
  SADB_EXT.SENSITIVITY,
  SADB_EXT.SPIRANGE,
  SADB_EXT.X_KMPRIVATE,
]);

/** `message` and the empty line after it. */
export function formatSadbMessage(message: SadbMessage): string {
  const lines = [
    `sadb_msg{ version=${PF_KEY_V2} type=${message.type} errno=${message.errno} satype=${message.saType}`,
    `  len=${sadbMessageLength(message) / SADB_UNIT} reserved=${message.reserved}` +
      ` seq=${message.sequenceNumber} pid=${message.pid}`,
  ];
  for (const extension of message.extensions) {
    const type = sadbExtensionType(extension);
    lines.push(`sadb_ext{ len=${sadbExtensionLength(extension) / SADB_UNIT} type=${type} }`);
    const body = extensionLines(extension);
    if (body === null) {
      lines.push(`kdebug_sadb: invalid ext_type ${type} was passed.`);
      break;
    }
    lines.push(...body);
  }
  return `${lines.join('\n')}\n\n`;
}

/** `-H`: 16 octets a line, each with a blank after it. */
export function formatHexDump(octets: Uint8Array): string {
  let text = '';
  for (let at = 0; at < octets.length; at += DUMP_OCTETS_A_LINE) {
    const line = octets.subarray(at, at + DUMP_OCTETS_A_LINE);
    text += `${at.toString(16).padStart(8, '0')}: `;
    for (const octet of line) text += `${octet.toString(16).padStart(2, '0')} `;
    text += '\n';
  }
  return text;
}

/** `null` for an extension that 0.8.2 did not know, at which it gave the message up. */
function extensionLines(extension: SadbExtension): readonly string[] | null {
  switch (extension.kind) {
    case 'SA':
      return [
        `sadb_sa{ spi=${extension.spi} replay=${extension.replayWindow} state=${extension.state}`,
        `  auth=${extension.integrity} encrypt=${extension.encryption}` +
          ` flags=${hex32(extension.flags)} }`,
      ];
    case 'X_SA2':
      return [
        `sadb_x_sa2{ mode=${extension.mode} reqid=${extension.reqid}`,
        `  reserved1=0 reserved2=0 sequence=${extension.sequenceNumber} }`,
      ];
    case 'LIFETIME_CURRENT':
    case 'LIFETIME_HARD':
    case 'LIFETIME_SOFT':
      return lifetimeLines(extension);
    case 'ADDRESS_SRC':
    case 'ADDRESS_DST':
    case 'ADDRESS_PROXY':
    case 'X_NAT_T_OA':
      return addressLines(extension);
    case 'KEY_AUTH':
    case 'KEY_ENCRYPT':
      return keyLines(extension);
    case 'PROPOSAL':
      return proposalLines(extension);
    case 'SUPPORTED_AUTH':
    case 'SUPPORTED_ENCRYPT':
      return supportedLines(extension);
    case 'X_POLICY':
      return policyLines(extension);
    case 'X_NAT_T_TYPE':
      return [`sadb_x_nat_t_type{ type=${extension.type} }`];
    case 'X_NAT_T_SPORT':
    case 'X_NAT_T_DPORT':
      return [`sadb_x_nat_t_port{ port=${extension.port} }`];
    case 'X_KMADDRESS':
      return [
        'sadb_x_kmaddress{ reserved=0x00000000 }',
        ...socketAddressLines(extension.local),
        ...socketAddressLines(extension.remote),
      ];
    case 'SPIRANGE':
    case 'X_SEC_CTX':
    case 'X_FILTER':
    case 'OTHER':
      return SILENT.has(sadbExtensionType(extension)) ? [] : null;
  }
}

function lifetimeLines({ allocations, octets, addTime, useTime }: SadbLifetime): string[] {
  return [
    `sadb_lifetime{ alloc=${low32(allocations)}, bytes=${low32(octets)}`,
    `  addtime=${low32(addTime)}, usetime=${low32(useTime)} }`,
  ];
}

function addressLines(address: SadbAddress): string[] {
  const { protocol, prefixLength } = address;
  return [
    `sadb_address{ proto=${protocol} prefixlen=${prefixLength} reserved=0x0000 }`,
    ...socketAddressLines(address),
  ];
}

function socketAddressLines({ address, port }: SocketAddress): string[] {
  const length = socketAddressLength(address);
  return [
    `sockaddr{ len=${length} family=${socketFamily(address)} port=${port}`,
    ...onlyIpv6Lines(address),
    `${groupedHex(address.octets)}  }`,
  ];
}

function onlyIpv6Lines({ version }: IpAddress): string[] {
  return version === 6 ? ['  flowinfo=0x00000000, scope_id=0x00000000'] : [];
}

function keyLines({ bits, key }: SadbKey): string[] {
  return [`sadb_key{ bits=${bits} reserved=0`, `  key=${groupedHex(key)} }`];
}

function supportedLines({ algorithms }: SadbSupported): string[] {
  return [
    'sadb_sup{',
    ...algorithms.map(
      ({ number, ivLength, leastBits, mostBits }) =>
        `  { id=${number} ivlen=${ivLength} min=${leastBits} max=${mostBits} }`,
    ),
    '}',
  ];
}

function proposalLines({ replayWindow, combinations }: SadbProposal): string[] {
  return [`sadb_prop{ replay=${replayWindow}`, ...combinations.flatMap(combinationLines), '}'];
}

/** The last line has the names of the one before it, as in 0.8.2. */
function combinationLines(combination: SadbCombination): string[] {
  const { integrity, encryption, integrityBits, encryptionBits } = combination;
  const { allocations, octets, addTime, useTime } = combination;
  const flags = `0x${combination.flags.toString(16).padStart(4, '0')}`;
  return [
    `sadb_comb{ auth=${integrity} encrypt=${encryption} flags=${flags} reserved=0x00000000`,
    `  auth_minbits=${integrityBits.least} auth_maxbits=${integrityBits.most}` +
      ` encrypt_minbits=${encryptionBits.least} encrypt_maxbits=${encryptionBits.most}`,
    `  soft_alloc=${allocations.soft} hard_alloc=${allocations.hard}` +
      ` soft_bytes=${octets.soft} hard_bytes=${octets.hard}`,
    `  soft_alloc=${addTime.soft} hard_alloc=${addTime.hard}` +
      ` soft_bytes=${useTime.soft} hard_bytes=${useTime.hard} }`,
  ];
}

function policyLines(policy: SadbPolicy): string[] {
  const index = policy.index.toString(16);
  return [
    `sadb_x_policy{ type=${policy.type} dir=${policy.direction}` +
      ` id=${index} priority=${policy.priority} }`,
    ...(policy.type === IPSEC_POLICY.IPSEC ? policy.requests.flatMap(requestLines) : []),
  ];
}

function requestLines(request: SadbRequest): string[] {
  const { protocol, mode, level, reqid, endpoints } = request;
  const length = sadbRequestLength(request);
  return [
    ` { len=${length} proto=${protocol} mode=${mode} level=${level} reqid=${reqid}`,
    ...(endpoints ?? []).flatMap(socketAddressLines),
    ' }',
  ];
}

/** Groups of four octets, each after a blank; a new line after eight of them. */
function groupedHex(octets: Uint8Array): string {
  const digits = toHex(octets);
  let text = '';
  for (let at = 0; at < digits.length; at += GROUP_DIGITS) {
    if (at > 0 && at % (GROUP_DIGITS * GROUPS_A_LINE) === 0) text += '\n';
    text += ` ${digits.slice(at, at + GROUP_DIGITS)}`;
  }
  return text;
}

function hex32(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

/** What fits in 32 bits, which is all that 0.8.2 printed. */
function low32(value: number): number {
  return value % 2 ** 32;
}
