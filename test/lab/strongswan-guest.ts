/**
 * strongSwan's charon in a guest, whose kernel has the SAs that it negotiates.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause, succeed } from './command.ts';
import type { Guest, GuestCommand } from './guest.ts';
import type { GuestIke } from './guest-ike.ts';

export interface CharonOptions {
  /** One of the guest's that `ip netns` knows; its own unless said. */
  readonly namespace?: string;
  /** Octets of the longest message of IKE in one piece. */
  readonly fragmentSize?: number;
}

/** A connection's only child has its name. */
export class GuestCharon implements GuestIke {
  readonly #guest: Guest;
  readonly #directory: string;
  readonly #daemon: GuestCommand;

  private constructor(guest: Guest, directory: string, { namespace }: CharonOptions) {
    this.#guest = guest;
    this.#directory = directory;
    const within = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
    this.#daemon = guest.spawn([...within, '/usr/lib/ipsec/charon'], { env: this.#environment });
  }

  /**
   * Starts it; resolves when it knows the connections of `swanctlConf`, as in swanctl.conf(5). Of
   * `directory` guest and host share the contents; certificates and keys are where swanctl looks for
   * them below it.
   */
  static async start(
    guest: Guest,
    directory: string,
    swanctlConf: string,
    options: CharonOptions = {},
  ): Promise<GuestCharon> {
    mkdirSync(directory, { recursive: true });
    writeFileSync(
      join(directory, 'strongswan.conf'),
      configuration(join(directory, 'log'), options),
    );
    writeFileSync(join(directory, 'swanctl.conf'), swanctlConf);
    const charon = new GuestCharon(guest, directory, options);
    for (let waited = 0; !/spawning \d+ worker threads/.test(charon.log); waited += POLL_MS) {
      if (waited >= START_TIMEOUT_MS) throw new Error(`Cannot start charon: ${charon.log}`);
      await pause(POLL_MS);
    }
    await charon.swanctl('--load-all');
    return charon;
  }

  get log(): string {
    try {
      return readFileSync(join(this.#directory, 'log'), 'utf8');
    } catch {
      return '';
    }
  }

  /** Has `swanctl` do what `words` say, and returns what it prints; throws with it where that fails. */
  swanctl(...words: readonly string[]): Promise<string> {
    return succeed(this.#guest, ['swanctl', ...words], { env: this.#environment });
  }

  initiate(connection: string): Promise<unknown> {
    return this.swanctl('--initiate', '--child', connection);
  }

  rekey(connection: string): Promise<unknown> {
    return this.swanctl('--rekey', '--child', connection);
  }

  terminate(connection: string): Promise<unknown> {
    return this.swanctl('--terminate', '--ike', connection);
  }

  kill(): void {
    this.#daemon.kill();
  }

  get #environment(): Readonly<Record<string, string>> {
    return {
      STRONGSWAN_CONF: join(this.#directory, 'strongswan.conf'),
      SWANCTL_DIR: this.#directory,
    };
  }
}

function configuration(log: string, { fragmentSize = 1280 }: CharonOptions): string {
  return `
charon {
  load = ${PLUGINS}
  fragment_size = ${fragmentSize}
  i_dont_care_about_security_and_use_aggressive_mode_psk = yes
  filelog {
    lab {
      path = ${log}
      default = 1
      flush_line = yes
    }
  }
}`;
}

const PLUGINS =
  'random nonce openssl aes sha1 sha2 hmac kdf pem pkcs1 pkcs8 x509 pubkey constraints ' +
  'xauth-generic vici socket-default kernel-netlink';

const POLL_MS = 100;
const START_TIMEOUT_MS = 60_000;
