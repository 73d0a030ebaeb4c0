/**
 * Whether a certificate is for who sent it: its subject is the distinguished name of the ID payload, or
 * its subjectAltName has the address, the host or the mailbox.
 *
 * @module
 */
import { formatIpAddress } from '../../net/ip-address.ts';
import {
  IDENTIFICATION_TYPE,
  type Identification,
  identificationAddresses,
} from '../../wire/ikev1/identification.ts';
import type { LoadedCertificate } from './certificate.ts';
import { sameName } from './distinguished-name.ts';

/** Whether `certificate` says that its owner may be called `identity`. Wildcards are nobody's name. */
export function certifies(certificate: LoadedCertificate, identity: Identification): boolean {
  const { x509, subjectName } = certificate;
  switch (identity.type) {
    case IDENTIFICATION_TYPE.DER_ASN1_DN:
      return sameName(subjectName, identity.data);
    case IDENTIFICATION_TYPE.IPV4_ADDR:
    case IDENTIFICATION_TYPE.IPV6_ADDR: {
      const [address] = identificationAddresses(identity);
      return address !== undefined && x509.checkIP(formatIpAddress(address)) !== undefined;
    }
    case IDENTIFICATION_TYPE.FQDN: {
      const name = plainText(identity.data);
      return name !== null && x509.checkHost(name, EXACTLY) !== undefined;
    }
    case IDENTIFICATION_TYPE.USER_FQDN: {
      const name = plainText(identity.data);
      return name !== null && x509.checkEmail(name, EXACTLY) !== undefined;
    }
    default:
      return false;
  }
}

/** The names of the subjectAltName: `DNS:gate.example.net`, `IP Address:10.9.0.1`. */
export function alternativeNames({ x509 }: LoadedCertificate): readonly string[] {
  return (x509.subjectAltName ?? '').split(', ').filter((name) => name !== '');
}

/** `octets`, if they are of printable ASCII; else `null`. */
function plainText(octets: Uint8Array): string | null {
  if (octets.length === 0 || octets.length > LONGEST_NAME) return null;
  const text = String.fromCharCode(...octets);
  return /^[\x21-\x7e]+$/.test(text) ? text : null;
}

/** The names as they are, and not those of the subject. */
const EXACTLY = { subject: 'never', wildcards: false, partialWildcards: false } as const;
/** Longer names are nobody's: a DNS name has 253 characters, and a mailbox 64 more. */
const LONGEST_NAME = 320;
