/**
 * Checking the passwords of who logs in (XAuth): verdicts of the host become answers for IKE.
 *
 * @module
 */
import type { IkeConfiguration } from '../../ike/configuration.ts';
import { xauthRole } from '../../ike/peer.ts';
import type { PasswordChecker } from '../../io/passwords/password-checker.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { escapedText } from '../../octets/text.ts';
import type { CheckPassword } from './answering.ts';

/** Whether some peer logs in here. */
export function asksForPasswords({ peers }: Pick<IkeConfiguration, 'peers'>): boolean {
  return peers.some(({ transforms }) =>
    transforms.some(({ authentication }) => xauthRole(authentication) === 'server'),
  );
}

/** Has `passwords` check; `complain` is told why somebody is not let in, which he is not. */
export function checkWith(
  passwords: Pick<PasswordChecker, 'check'>,
  complain: (text: string) => void,
): CheckPassword {
  return async ({ source, user, password, remote }) => {
    const from = formatIpAddress(remote);
    const checked = passwords.check(source, { user, password: password.expose(), remote: from });
    const verdict = await checked.finally(() => password.zeroise());
    if (verdict.kind === 'accepted') {
      return { kind: 'password', accepted: true, groups: verdict.groups };
    }
    complain(`${escapedText(user, MOST_SHOWN)} at ${from} is not let in: ${verdict.why}`);
    if (verdict.kind === 'unchecked') return { kind: 'refused', reason: verdict.why };
    return { kind: 'password', accepted: false, groups: [] };
  };
}

/** In characters. */
const MOST_SHOWN = 64;
