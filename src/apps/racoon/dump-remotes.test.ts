import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sharedPath } from '../../../test/support/examples.ts';
import { peerOf, proposalText } from '../../../test/support/ike-peers.ts';
import { remoteLines } from './dump-remotes.ts';

test('a remote is dumped as racoon did', ({ skip }) => {
  const path = sharedPath('reference', 'captured', 'racoon', 'fork-0.9.1-dump-C.txt');
  skip(path === null, 'no captures of racoon beside this checkout');
  const lines = path === null ? [] : readFileSync(path, 'utf8').split('\n');
  const texts = lines.map((line) => line.replace(/^[\d-]+ [\d:]+: INFO: /, ''));
  const dump = texts.slice(texts.indexOf('remote "10.9.0.1[500]" {'), texts.lastIndexOf('') - 2);
  const end = dump.lastIndexOf('}');
  const proposal = proposalText('aes 256, sha256, pre_shared_key, 14, 3600');
  const peer = peerOf(`remote 10.9.0.1 { exchange_mode main; ${proposal} }`);
  expect(remoteLines(peer)).toEqual([...dump.slice(0, end + 1), '']);
});

test('certificates and identities are dumped in the words of the file', () => {
  const proposal = proposalText('aes 256, sha512, rsasig, 14');
  const peer = peerOf(`remote "office" {
    remote_address 10.9.0.2; exchange_mode main, aggressive;
    certificate_type x509 "alice.crt" "alice.key"; ca_type x509 "ca.crt";
    my_identifier asn1dn; peers_identifier asn1dn "C=DE, CN=*"; peers_identifier fqdn "bob.example";
    ${proposal} }`);
  const lines = remoteLines(peer);
  expect(lines[0]).toBe('remote "office" {');
  expect(lines).toContain('\texchange_type main, aggressive;');
  expect(lines).toContain('\tcertificate_type x509 "alice.crt" "alice.key";');
  expect(lines).toContain('\tca_type x509 "ca.crt";');
  expect(lines).toContain('\tpeers_identifier asn1dn "C=DE, CN=*";');
  expect(lines).toContain('\tpeers_identifier fqdn "bob.example";');
});
