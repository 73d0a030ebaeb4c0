/**
 * What both responders and the peers that load them are set up with.
 *
 * @module
 */

/** The peers' addresses, on alice. */
export const PEERS = '10.20.0.0/16';
/** What the tunnels lead to, at the responder and at the peers. */
export const INNER = '10.31.0.1';
export const PEERS_INNER = '10.30.0.0/16';
/** All share it. */
export const SECRET = 'open-sesame';

/** The groups of phase 1: as racoon and as strongSwan call them. */
export const GROUPS = { 14: 'modp2048', 19: 'ecp256' };

/** The address of peer `number`, from 0. */
export function peerAddress(number) {
  return `10.20.${hostPart(number)}`;
}

/** What peer `number` has behind it. */
export function peerInner(number) {
  return `10.30.${hostPart(number)}`;
}

/** Neither 0.0 nor 255.255. */
function hostPart(number) {
  return `${((number + 1) >> 8) & 255}.${(number + 1) & 255}`;
}

/**
 * A racoon.conf for `peer`, or for anybody. Both ends ask for UDP encapsulation, for kernel-libipsec has
 * nothing else.
 */
export function racoonConf(group, peer) {
  return `
remote ${peer} {
  exchange_mode main;
  nat_traversal force;
  ike_frag off;
  dpd_delay 0;
  ${peer === 'anonymous' ? 'generate_policy on; passive on;' : ''}
  proposal {
    encryption_algorithm aes 128;
    hash_algorithm sha256;
    authentication_method pre_shared_key;
    dh_group ${group};
  }
}
sainfo anonymous {
  encryption_algorithm aes 128;
  authentication_algorithm hmac_sha256;
  compression_algorithm deflate;
}
`;
}
