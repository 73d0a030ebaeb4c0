/**
 * What is measured beside each other.
 *
 * Each has `obstacle()`, why it cannot run, as a clause, or `null`; and `start(hosts, folder, port)`,
 * which resolves when it carries traffic, with the `address` at which alice finds bob; of a proxy
 * also with the `port` that leads to `port` of bob.
 *
 * @module
 */
import * as bare from './peers/bare.mjs';
import { esp, gazette } from './peers/ipseal.mjs';
import * as kernelLibipsec from './peers/kernel-libipsec.mjs';
import * as openvpn from './peers/openvpn.mjs';
import * as ssh from './peers/ssh.mjs';
import * as stunnel from './peers/stunnel.mjs';
import * as wireguardGo from './peers/wireguard-go.mjs';

const GCM = 'aes-gcm-16';

/** By name. */
export const SCHEMES = {
  'bare wire': bare,
  'ipseal, UDP tunnel, aes-gcm-16': esp({ algorithms: GCM, udp: true, tunnel: true }),
  'ipseal, UDP transport, aes-gcm-16': esp({ algorithms: GCM, udp: true }),
  'ipseal, raw tunnel, aes-gcm-16': esp({ algorithms: GCM, tunnel: true }),
  'ipseal, raw transport, aes-gcm-16': esp({ algorithms: GCM }),
  'ipseal, UDP tunnel, chacha20-poly1305': esp({
    algorithms: 'chacha20-poly1305',
    udp: true,
    tunnel: true,
  }),
  'ipseal, UDP tunnel, aes-cbc, hmac-sha256': esp({
    algorithms: 'aes-cbc, hmac-sha256',
    udp: true,
    tunnel: true,
  }),
  'ipseal, AH around ESP (gazette)': gazette,
  'wireguard-go': wireguardGo,
  'kernel-libipsec': kernelLibipsec,
  OpenVPN: openvpn,
  stunnel,
  'ssh -L': ssh,
};
