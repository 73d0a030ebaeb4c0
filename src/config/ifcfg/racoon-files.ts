/**
 * What the scripts wrote for racoon, as texts: a file for each peer, its line in `psk.txt`, and the
 * line of `racoon.conf` that includes the file.
 *
 * @module
 */
import type { Secret } from '../../crypto/secret.ts';
import { formatIpAddress, type IpAddress } from '../../net/ip-address.ts';
import type { RacoonPeer } from './interface.ts';

/** The name of the peer's file. */
export function peerFileName(destination: IpAddress): string {
  return `${formatIpAddress(destination)}.conf`;
}

/** The peer's file: how to talk with it in phase 1. */
export function formatPeerFile(destination: IpAddress, peer: RacoonPeer): string {
  const { dpdDelay, natTraversal } = peer;
  return [
    `remote ${formatIpAddress(destination)}`,
    '{',
    `\texchange_mode ${peer.exchangeModes.join(', ')};`,
    ...(dpdDelay === null ? [] : [`\tdpd_delay ${dpdDelay};`]),
    ...(natTraversal === null ? [] : [`\tnat_traversal ${natTraversal};`]),
    ...identity(peer).map((line) => `\t${line};`),
    '\tproposal {',
    `\t\tencryption_algorithm ${peer.encryption};`,
    `\t\thash_algorithm ${peer.hash};`,
    `\t\tauthentication_method ${AUTHENTICATION_METHODS[peer.authentication.method]};`,
    `\t\tdh_group ${peer.dhGroup};`,
    '\t}',
    '}',
    '',
  ].join('\n');
}

function identity({ authentication }: RacoonPeer): string[] {
  if (authentication.method !== 'X509') {
    const identifier = authentication.method === 'PSK' ? authentication.identifier : null;
    if (identifier === null) return ['my_identifier address'];
    return [`my_identifier ${identifier.type} "${identifier.value}"`];
  }
  const { certificate, peerCertificate, caCertificate, dnssec } = authentication;
  const lines = ['my_identifier asn1dn', 'peers_identifier asn1dn'];
  if (certificate !== null) {
    lines.push(`certificate_type x509 "${certificate}.public" "${certificate}.private"`);
  }
  if (dnssec) lines.push('peers_certfile dnssec');
  if (peerCertificate !== null) lines.push(`peers_certfile x509 "${peerCertificate}.public"`);
  if (caCertificate !== null) lines.push(`ca_type x509 "${caCertificate}.public"`);
  return lines;
}

/**
 * The text of `psk.txt` with `key` for the peer, in place of any that it has. The scripts removed every
 * line that began like the address, that of 192.0.2.20 too where 192.0.2.2 was meant.
 */
export function withSharedKey(text: string, destination: IpAddress, key: Secret): string {
  const peer = formatIpAddress(destination);
  const kept = linesOf(text).filter((line) => line.split(/[ \t]/, 1)[0] !== peer);
  return joined([...kept, `${peer}  ${new TextDecoder().decode(key.expose())}`]);
}

/** The text of `racoon.conf` with a line, at its end, that includes the file at `path`. */
export function withInclude(text: string, path: string): string {
  return joined([...linesOf(withoutInclude(text, path)), includeLine(path)]);
}

/** The text of `racoon.conf` without that line. */
export function withoutInclude(text: string, path: string): string {
  const line = includeLine(path);
  const lines = linesOf(text);
  return lines.includes(line) ? joined(lines.filter((each) => each !== line)) : text;
}

/** `include "/etc/racoon/192.0.2.2.conf";` */
export function includeLine(path: string): string {
  return `include "${path}";`;
}

/** The lines of `text` without their ends. */
function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

const AUTHENTICATION_METHODS = {
  PSK: 'pre_shared_key',
  X509: 'rsasig',
  GSSAPI: 'gssapi_krb',
} as const;
