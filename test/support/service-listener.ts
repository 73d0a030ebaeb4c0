/**
 * A service manager's ear: what a daemon tells over NOTIFY_SOCKET, and what can be sent at the very
 * moment that it says it is ready.
 *
 * @module
 */
import type { Namespace } from '../lab/namespace.ts';
import { PYTHON, waitUntil } from './hosts.ts';

export interface ServiceListener {
  /** The datagrams so far, each as its lines. */
  readonly heard: () => readonly (readonly string[])[];
  /** Resolves when a line was heard that `pattern` matches, of those behind the first `after`. */
  readonly until: (pattern: RegExp, after?: number) => Promise<void>;
}

/** Where the ear is, and what is sent whenever READY=1 is heard, from where it is. */
export interface ServiceListenerOptions {
  /** A path, or an abstract name with `@`: these belong to a network namespace. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly payload: Buffer;
}

/** Listens in `namespace`. */
export async function startServiceListener(
  namespace: Namespace,
  { name, address, port, payload }: ServiceListenerOptions,
): Promise<ServiceListener> {
  const argv = [PYTHON, '-uc', LISTEN, name, address, `${port}`, payload.toString('hex')];
  const command = namespace.spawn(argv);
  await command.until(/^listening$/m);
  const heard = () =>
    command.stdout
      .split('\n')
      .filter((line) => line.startsWith('['))
      .map((line) => JSON.parse(line) as string[]);
  const until = (pattern: RegExp, after = 0) =>
    waitUntil(`${pattern} told to the service manager`, () =>
      heard()
        .slice(after)
        .flat()
        .some((line) => pattern.test(line)),
    );
  return { heard, until };
}

const LISTEN = `
import json, os, socket, sys
name, address, port, payload = sys.argv[1:]
ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.bind('\\0' + name[1:] if name[0] == '@' else name)
if name[0] != '@':
    os.chmod(name, 0o777)
mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print('listening')
while True:
    news = ear.recv(65535).decode()
    if 'READY=1' in news.split('\\n'):
        try:
            mouth.sendto(bytes.fromhex(payload), (address, int(port)))
        except OSError:
            pass
    print(json.dumps(news.split('\\n')[:-1]))`;
