/**
 * What `racoon -C` prints: each remote with all that it inherits and all defaults, as racoon wrote it.
 *
 * @module
 */
import type { HashAlgorithm } from '../../crypto/hash-algorithm.ts';
import type { DistinguishedName, Identity } from '../../ike/identity.ts';
import { formatUdpAddress } from '../../ike/path.ts';
import type { Peer, Phase1Transform } from '../../ike/peer.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { toHex } from '../../octets/hex.ts';

/** The lines for `peer`, an empty one behind them. */
export function remoteLines(peer: Peer): readonly string[] {
  return [
    `remote "${titleOf(peer)}" {`,
    ...statementsOf(peer).map((statement) => `\t${statement};`),
    ...peer.transforms.flatMap(transformLines),
    '}',
    '',
  ];
}

/** Of the same peer, the name in messages. */
export function titleOf({ name, address, port }: Peer): string {
  if (name !== null) return name;
  return address === null ? 'anonymous' : formatUdpAddress({ address, port });
}

function statementsOf(peer: Peer): string[] {
  const { passive, supportProxy, initialContact, verifyIdentity } = peer;
  return [
    `exchange_type ${peer.exchangeModes.join(', ')}`,
    'doi ipsec_doi',
    `my_identifier ${identityWords(peer.ownIdentity)}`,
    ...certificateStatements(peer),
    ...peer.peerIdentities.map((identity) => `peers_identifier ${identityWords(identity)}`),
    `rekey ${peer.rekey}`,
    `send_cert ${onOff(peer.sendCertificate)}`,
    `send_cr ${onOff(peer.sendCertificateRequest)}`,
    `match_empty_cr ${onOff(peer.matchEmptyCertificateRequest)}`,
    `verify_cert ${onOff(peer.verifyCertificate)}`,
    `verify_identifier ${onOff(verifyIdentity)}`,
    `nat_traversal ${peer.natTraversal}`,
    `nonce_size ${peer.nonceLength}`,
    `passive ${onOff(passive)}`,
    `ike_frag ${peer.ikeFragmentation}`,
    `esp_frag ${peer.espFragmentLength}`,
    `initial_contact ${onOff(initialContact)}`,
    `generate_policy ${peer.generatePolicy}`,
    `support_proxy ${onOff(supportProxy)}`,
  ];
}

function certificateStatements({ ownCertificate, peerCertificate, authority }: Peer): string[] {
  const statements: string[] = [];
  if (ownCertificate?.kind === 'x509') {
    const { certificate, key } = ownCertificate;
    statements.push(`certificate_type x509 "${certificate}" "${key}"`);
  }
  if (ownCertificate?.kind === 'plain-rsa') {
    statements.push(`certificate_type plain_rsa "${ownCertificate.key}"`);
  }
  if (peerCertificate?.kind === 'x509') {
    statements.push(`peers_certfile x509 "${peerCertificate.certificate}"`);
  }
  if (peerCertificate?.kind === 'plain-rsa') {
    statements.push(`peers_certfile plain_rsa "${peerCertificate.key}"`);
  }
  if (authority !== null) statements.push(`ca_type x509 "${authority}"`);
  return statements;
}

function transformLines(transform: Phase1Transform, index: number): string[] {
  const { encryption, hash, group, authentication, lifetimeSeconds } = transform;
  return [
    '',
    `\t/* prop_no=1, trns_no=${index + 1} */`,
    '\tproposal {',
    `\t\tlifetime time ${lifetimeSeconds} sec;`,
    '\t\tlifetime bytes 0;',
    `\t\tdh_group ${group.name};`,
    `\t\tencryption_algorithm ${encryption.racoon[0] ?? encryption.name};`,
    `\t\thash_algorithm ${hashWord(hash)};`,
    `\t\tauthentication_method ${authentication};`,
    '\t}',
  ];
}

/** The longest spelling: `sha2_256`. */
function hashWord({ racoon, name }: HashAlgorithm): string {
  return racoon.at(-1) ?? name;
}

function identityWords(identity: Identity): string {
  switch (identity.kind) {
    case 'address':
      return identity.address === null ? 'address' : `address ${formatIpAddress(identity.address)}`;
    case 'fqdn':
      return `fqdn "${identity.name}"`;
    case 'user-fqdn':
      return `user_fqdn "${identity.name}"`;
    case 'key-id':
      return `keyid tag "${identity.name}"`;
    case 'key-id-file':
      return `keyid file "${identity.path}"`;
    case 'distinguished-name':
      return identity.name === null ? 'asn1dn' : `asn1dn "${distinguishedName(identity.name)}"`;
    case 'distinguished-name-der':
      return `asn1dn "~${toHex(identity.octets)}"`;
  }
}

function distinguishedName(name: DistinguishedName): string {
  return name.map(({ attribute, value }) => `${attribute}=${value ?? '*'}`).join(', ');
}

function onOff(value: boolean): 'on' | 'off' {
  return value ? 'on' : 'off';
}
