/**
 * strongSwan's charon with its own ESP stack (kernel-libipsec) in a namespace: tunnel mode, ESP in
 * UDP, whatever the kernel has. Its log tells the keys of the CHILD_SAs that it negotiated.
 *
 * @module
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeTemporaryDirectory, type TemporaryDirectory } from './cleanup.ts';
import { type Command, succeed } from './command.ts';
import type { Namespace } from './namespace.ts';

/** A CHILD_SA to negotiate. */
export interface Child {
  readonly name: string;
  /** As in swanctl.conf(5): `aes128gcm16`. */
  readonly proposal: string;
  /** The addresses at either end of the tunnel. */
  readonly local: string;
  readonly remote: string;
}

/** One connection with a shared key, and what is to be negotiated over it. */
export interface Connection {
  readonly local: string;
  readonly remote: string;
  readonly children: readonly Child[];
}

/** One direction of a CHILD_SA. */
export interface NegotiatedSa {
  readonly spi: number;
  /** An AEAD's has its salt behind it. */
  readonly encryptionKey: Uint8Array;
  /** `null` with an AEAD. */
  readonly integrityKey: Uint8Array | null;
}

/** A CHILD_SA as its initiator has it. */
export interface NegotiatedChild {
  readonly inbound: NegotiatedSa;
  readonly outbound: NegotiatedSa;
}

const CHARON = '/usr/lib/ipsec/charon';
const SWANCTL = '/usr/sbin/swanctl';
const PLUGINS =
  'random nonce openssl aes sha2 hmac kdf gcm vici socket-default kernel-libipsec kernel-netlink';

export class Charon {
  readonly #namespace: Namespace;
  readonly #directory: TemporaryDirectory;
  readonly #daemon: Command;

  private constructor(namespace: Namespace) {
    this.#namespace = namespace;
    this.#directory = makeTemporaryDirectory();
    this.#write('strongswan.conf', configuration(this.#path('vici')));
    // AppArmor knows both by their paths, and would keep them from the directory of a test.
    for (const program of [CHARON, SWANCTL]) copyFileSync(program, this.#path(basename(program)));
    // It has one place for its process id, on the whole machine.
    const apart = ['sh', '-c', 'mount -t tmpfs run /run && exec "$@"', 'sh', this.#path('charon')];
    this.#daemon = namespace.spawn(apart, { env: this.#environment });
  }

  /** Starts it; resolves when it knows `connection`. */
  static async start(namespace: Namespace, connection: Connection): Promise<Charon> {
    const charon = new Charon(namespace);
    await charon.#daemon.until(/spawning \d+ worker threads/);
    charon.#write('swanctl.conf', connectionText(connection));
    await charon.#swanctl('--load-all');
    return charon;
  }

  /** Negotiates a CHILD_SA as the initiator. */
  async initiate(child: string): Promise<NegotiatedChild> {
    const from = this.#daemon.stderr.length;
    await this.#swanctl('--initiate', '--child', child);
    await this.#daemon.until(new RegExp(`CHILD_SA ${child}\\{\\d+\\} established`));
    return readChild(this.#daemon.stderr.slice(from));
  }

  /** Ends it without a word to its peer. */
  async kill(): Promise<void> {
    await this.#daemon.stop('SIGKILL');
    this.#directory.remove();
  }

  async #swanctl(...words: readonly string[]): Promise<void> {
    const argv = [this.#path('swanctl'), ...words, '--uri', `unix://${this.#path('vici')}`];
    await succeed(this.#namespace, argv, { env: this.#environment });
  }

  get #environment(): Readonly<Record<string, string>> {
    return {
      STRONGSWAN_CONF: this.#path('strongswan.conf'),
      SWANCTL_DIR: this.#directory.path,
    };
  }

  #path(name: string): string {
    return join(this.#directory.path, name);
  }

  #write(name: string, text: string): void {
    writeFileSync(this.#path(name), text);
  }
}

function configuration(socket: string): string {
  return `
charon {
  load = ${PLUGINS}
  filelog {
    stderr {
      default = 1
      chd = 4
      flush_line = yes
    }
  }
  plugins {
    vici {
      socket = unix://${socket}
    }
  }
}`;
}

function connectionText({ local, remote, children }: Connection): string {
  const each = children.map(
    (child) => `
      ${child.name} {
        esp_proposals = ${child.proposal}
        local_ts = ${child.local}/32
        remote_ts = ${child.remote}/32
      }`,
  );
  return `
connections {
  lab {
    version = 2
    local_addrs = ${local}
    remote_addrs = ${remote}
    proposals = aes128-sha256-ecp256
    local {
      auth = psk
    }
    remote {
      auth = psk
    }
    children {${each.join('')}
    }
  }
}
secrets {
  ike-lab {
    secret = a secret of the lab
  }
}`;
}

/** Finds in a log what became of one negotiation. */
function readChild(log: string): NegotiatedChild {
  const [, inbound = '', outbound = ''] =
    /CHILD_SA \S+ established with SPIs (\w+)_i (\w+)_o/.exec(log) ?? [];
  const sa = (spi: string, role: 'initiator' | 'responder'): NegotiatedSa => ({
    spi: Number.parseInt(spi, 16),
    encryptionKey: keyIn(log, `encryption ${role}`) ?? new Uint8Array(0),
    integrityKey: keyIn(log, `integrity ${role}`),
  });
  // The initiator sends with the initiator's keys (RFC 7296 §2.17).
  return { inbound: sa(inbound, 'responder'), outbound: sa(outbound, 'initiator') };
}

/** The octets behind a line like `encryption initiator key => 20 bytes @ 0x5585`. */
function keyIn(log: string, name: string): Uint8Array | null {
  const lines = log.split('\n');
  const title = lines.findIndex((line) => line.includes(`${name} key => `));
  const length = /=> (\d+) bytes/.exec(lines[title] ?? '')?.[1];
  if (length === undefined) return null;
  const octets: number[] = [];
  for (let next = title + 1; octets.length < Number(length); next++) {
    const dump = /\] +\d+: ((?:[0-9A-F]{2} )+)/.exec(lines[next] ?? '')?.[1];
    if (dump === undefined) throw new Error(`Cannot read the ${name} key in: ${log}`);
    octets.push(
      ...dump
        .trim()
        .split(' ')
        .map((pair) => Number.parseInt(pair, 16)),
    );
  }
  return Uint8Array.from(octets);
}
