/**
 * What a peer probably means that refuses by a notification, which says no more than its name.
 *
 * @module
 */

/** What `notification` probably means, and where to look, as a sentence; `null` when nobody knows. */
export function notificationMeaning(notification: string): string | null {
  return MEANINGS.get(notification.replaceAll('_', '-').toUpperCase()) ?? null;
}

const MEANINGS: ReadonlyMap<string, string> = new Map([
  [
    'NO-PROPOSAL-CHOSEN',
    'The peer accepts nothing of what we offered: compare encryption, hash, group, method and lifetime of both sides; its log names the difference. Peers also say so who know no connection for our address.',
  ],
  [
    'ATTRIBUTES-NOT-SUPPORTED',
    'The peer does not know an algorithm or an attribute that we offered.',
  ],
  [
    'BAD-PROPOSAL-SYNTAX',
    'The peer cannot read what we offered; with identities in the clear this is often a wrong key.',
  ],
  [
    'AUTHENTICATION-FAILED',
    'The peer does not believe who we are: the pre-shared keys differ, or it does not trust our certificate.',
  ],
  [
    'INVALID-ID-INFORMATION',
    'The peer has nobody with the identity that we told, or no policy for the traffic: compare my_identifier with what it expects, and the networks of both sides.',
  ],
  ['INVALID-HASH-INFORMATION', 'Our hash did not verify there: the pre-shared keys differ.'],
  ['INVALID-SIGNATURE', 'Our signature did not verify there: it has another certificate of ours.'],
  [
    'INVALID-KEY-INFORMATION',
    'The peer wants another DH group, or could not use our public value.',
  ],
  [
    'PAYLOAD-MALFORMED',
    'The peer could not read our message. After the keys were exchanged it is the sign of pre-shared keys that differ: it deciphers to nonsense.',
  ],
  [
    'INVALID-PAYLOAD-TYPE',
    'The peer could not read our message. After the keys were exchanged it is the sign of pre-shared keys that differ: it deciphers to nonsense.',
  ],
  [
    'INVALID-CERTIFICATE',
    'The peer refuses our certificate: it may have expired, or been revoked.',
  ],
  ['INVALID-CERT-AUTHORITY', 'The peer does not trust the authority that issued our certificate.'],
  ['INVALID-CERT-ENCODING', 'The peer cannot read our certificate.'],
  ['CERT-TYPE-UNSUPPORTED', 'The peer cannot read our kind of certificate.'],
  ['CERTIFICATE-UNAVAILABLE', 'The peer has no certificate of ours, and we sent none.'],
  ['INVALID-COOKIE', 'The peer has forgotten this negotiation: it may have been restarted.'],
  ['INVALID-EXCHANGE-TYPE', 'The peer does not want this exchange mode: compare exchange_mode.'],
  [
    'UNSUPPORTED-EXCHANGE-TYPE',
    'The peer does not want this exchange mode: compare exchange_mode.',
  ],
  ['INVALID-MAJOR-VERSION', 'The peer speaks no IKEv1.'],
  ['INVALID-SPI', 'The peer does not know this SA any more.'],
]);
