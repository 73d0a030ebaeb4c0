/**
 * Attributes payloads of mode config and XAuth (draft-dukes-ike-mode-cfg-02 §3.2): what is asked, given
 * and acknowledged.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Type      |   RESERVED    |           Identifier          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                          Attributes                           ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { setU8, setU16, u8, u16 } from '../../octets/octets.ts';
import { type DataAttribute, emitDataAttributes, parseDataAttributes } from './data-attribute.ts';

const TYPE = 0;
const IDENTIFIER = 2;
const ATTRIBUTES = 4;

/** §3.2. Numbers that are not here stay numbers. */
export const MODE_CONFIGURATION_TYPE = { REQUEST: 1, REPLY: 2, SET: 3, ACK: 4 } as const;

/**
 * §3.3; from 16520 on of draft-beaulieu-ike-xauth-02 §7.2; from 28672 on Cisco's, which come with its
 * vendor ID (Unity). Numbers that are not here stay numbers.
 */
export const MODE_CONFIGURATION_ATTRIBUTE = {
  INTERNAL_IP4_ADDRESS: 1,
  INTERNAL_IP4_NETMASK: 2,
  INTERNAL_IP4_DNS: 3,
  INTERNAL_IP4_NBNS: 4,
  INTERNAL_ADDRESS_EXPIRY: 5,
  INTERNAL_IP4_DHCP: 6,
  APPLICATION_VERSION: 7,
  INTERNAL_IP6_ADDRESS: 8,
  INTERNAL_IP6_NETMASK: 9,
  INTERNAL_IP6_DNS: 10,
  INTERNAL_IP6_NBNS: 11,
  INTERNAL_IP6_DHCP: 12,
  INTERNAL_IP4_SUBNET: 13,
  SUPPORTED_ATTRIBUTES: 14,
  INTERNAL_IP6_SUBNET: 15,
  XAUTH_TYPE: 16520,
  XAUTH_USER_NAME: 16521,
  XAUTH_USER_PASSWORD: 16522,
  XAUTH_PASSCODE: 16523,
  XAUTH_MESSAGE: 16524,
  XAUTH_CHALLENGE: 16525,
  XAUTH_DOMAIN: 16526,
  XAUTH_STATUS: 16527,
  XAUTH_NEXT_PIN: 16528,
  XAUTH_ANSWER: 16529,
  UNITY_BANNER: 28672,
  UNITY_SAVE_PASSWD: 28673,
  UNITY_DEF_DOMAIN: 28674,
  UNITY_SPLITDNS_NAME: 28675,
  UNITY_SPLIT_INCLUDE: 28676,
  UNITY_NATT_PORT: 28677,
  UNITY_LOCAL_LAN: 28678,
  UNITY_PFS: 28679,
  UNITY_FW_TYPE: 28680,
  UNITY_BACKUP_SERVERS: 28681,
  UNITY_DDNS_HOSTNAME: 28682,
} as const;

/** Of XAUTH_TYPE (draft-beaulieu-ike-xauth-02 §7.2): how somebody shows who he is. */
export const XAUTH_TYPE = { GENERIC: 0, RADIUS_CHAP: 1, OTP: 2, S_KEY: 3 } as const;

/** Of XAUTH_STATUS (draft-beaulieu-ike-xauth-02 §7.2). */
export const XAUTH_STATUS = { FAIL: 0, OK: 1 } as const;

export interface ModeConfiguration {
  readonly kind: 'mode-configuration';
  /** One of {@link MODE_CONFIGURATION_TYPE}, or another number. */
  readonly type: number;
  /** Joins a question and its answer. */
  readonly identifier: number;
  readonly attributes: readonly DataAttribute[];
}

/** Reads the body of an attributes payload; octet strings are views. */
export function parseModeConfiguration(body: Uint8Array): Parsed<ModeConfiguration> {
  if (body.length < ATTRIBUTES) {
    return Malformed.truncated('attributes payload', ATTRIBUTES, body.length);
  }
  const attributes = parseDataAttributes(body.subarray(ATTRIBUTES));
  if (attributes instanceof Malformed) return attributes;
  const identifier = u16(body, IDENTIFIER);
  return { kind: 'mode-configuration', type: u8(body, TYPE), identifier, attributes };
}

/** The body of the attributes payload. */
export function emitModeConfiguration(configuration: ModeConfiguration): Uint8Array {
  const sequence = emitDataAttributes(configuration.attributes);
  const body = new Uint8Array(ATTRIBUTES + sequence.length);
  setU8(body, TYPE, configuration.type);
  setU16(body, IDENTIFIER, configuration.identifier);
  body.set(sequence, ATTRIBUTES);
  return body;
}
