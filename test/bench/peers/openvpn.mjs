/**
 * OpenVPN, Debian's: a tunnel in UDP between two ends that know the fingerprint of each other's
 * certificate, AES-128-GCM, without its kernel module. All else is as it comes.
 *
 * @module
 */
import { join } from 'node:path';
import { missing } from '../programs.mjs';

const READY = 'Initialization Sequence Completed';
const PORT = '1194';

/** The Debian package whose version counts. */
export const PACKAGE = 'openvpn';

/** Why it cannot run, as a clause; `null` when it can. */
export function obstacle() {
  return missing('openvpn', 'openssl');
}

/** Starts it on both hosts; resolves with bob's address in the tunnel. */
export async function start({ alice, bob }, folder) {
  const [alices, bobs] = await Promise.all([alice, bob].map((host) => certify(host, folder)));
  const ends = [
    startEnd(bob, bobs, alice, alices, ['--tls-server', '--dh', 'none']),
    startEnd(alice, alices, bob, bobs, ['--tls-client']),
  ];
  await Promise.all(ends.map((end) => end.until(() => end.stdout.includes(READY), READY)));
  return { address: bob.inner };
}

/** Makes a host's key and a certificate that it signs itself. */
async function certify(host, folder) {
  const key = join(folder, `${host.name}.key`);
  const certificate = join(folder, `${host.name}.pem`);
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', key, '-out', certificate];
  const name = ['-subj', `/CN=${host.name}`, '-days', '2'];
  await host.run(['openssl', 'req', '-x509', ...kind, ...files, ...name]);
  const look = ['openssl', 'x509', '-in', certificate, '-noout', '-fingerprint', '-sha256'];
  const [, fingerprint] = (await host.run(look)).trim().split('=');
  return { key, certificate, fingerprint };
}

function startEnd(host, ours, other, theirs, role) {
  const { key, certificate } = ours;
  const wire = ['--proto', 'udp', '--local', host.address, '--remote', other.address, PORT];
  const device = ['--dev', 'tun', '--ifconfig', host.inner, other.inner];
  const proof = ['--cert', certificate, '--key', key, '--peer-fingerprint', theirs.fingerprint];
  const cipher = ['--data-ciphers', 'AES-128-GCM', '--disable-dco'];
  return host.start(['openvpn', ...wire, ...device, ...role, ...proof, ...cipher]);
}
