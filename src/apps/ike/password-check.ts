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

export interface PasswordCheckParts {
  /** Starts who can tell. He has the rights of this process as they are then. */
  readonly start: () => Pick<PasswordChecker, 'check' | 'stop'>;
  /** As whom this process runs. */
  readonly user: () => number | undefined;
  /** Told why somebody is not let in, which he is not. */
  readonly complain: (text: string) => void;
}

/** Checks passwords from when there is a peer that logs in; until then, nothing runs for it. */
export class PasswordCheck {
  readonly #parts: PasswordCheckParts;
  readonly #firstUser: number | undefined;
  #checker: Pick<PasswordChecker, 'check' | 'stop'> | null = null;

  constructor(parts: PasswordCheckParts) {
    this.#parts = parts;
    this.#firstUser = parts.user();
  }

  /**
   * Sees to it that passwords can be checked, where `configuration` has peers that log in. Throws when this
   * process has become another user meanwhile, and nobody was needed before.
   */
  prepare(configuration: Pick<IkeConfiguration, 'peers'>): void {
    if (this.#checker !== null || !asksForPasswords(configuration)) return;
    if (this.#parts.user() !== this.#firstUser) throw new Error(TOO_LATE);
    this.#checker = this.#parts.start();
  }

  readonly check: CheckPassword = async ({ source, user, password, remote }) => {
    if (this.#checker === null) return { kind: 'refused', reason: 'nobody logs in here' };
    const { complain } = this.#parts;
    const from = formatIpAddress(remote);
    const checked = this.#checker.check(source, {
      user,
      password: password.expose(),
      remote: from,
    });
    const verdict = await checked.finally(() => password.zeroise());
    if (verdict.kind === 'accepted') {
      return { kind: 'password', accepted: true, groups: verdict.groups };
    }
    complain(`${escapedText(user, MOST_SHOWN)} at ${from} is not let in: ${verdict.why}`);
    if (verdict.kind === 'unchecked') return { kind: 'refused', reason: verdict.why };
    return { kind: 'password', accepted: false, groups: [] };
  };

  async stop(): Promise<void> {
    await this.#checker?.stop();
  }
}

const TOO_LATE =
  'users are to log in (XAuth), and who may read passwords was given up when privileges were: start again';
/** In characters. */
const MOST_SHOWN = 64;
