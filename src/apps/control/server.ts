/**
 * The control socket: lines in, lines out. What requests mean is `answer`'s concern.
 *
 * @module
 */
import { chmodSync, chownSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { readLines } from './lines.ts';
import { LONGEST_LINE } from './protocol.ts';

/** Who may connect to a socket, and what it is the socket of. */
export interface SocketAccess {
  /** The daemon, for messages. */
  readonly daemon: string;
  /** Permissions, as `chmod` has them, of the socket and of a folder that is made for it. */
  readonly mode: number;
  readonly folderMode: number;
  /** `null` is whoever runs the daemon. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  /** No longer line is read, in octets. */
  readonly longestLine: number;
}

/** Only the owner may connect: requests carry keys and decide what is protected. */
const OWNER_ONLY: SocketAccess = {
  daemon: 'ipseald',
  mode: 0o600,
  folderMode: 0o700,
  owner: null,
  longestLine: LONGEST_LINE,
};

/**
 * Gives the lines of the answer to `line`, each made when the one before it was sent. `gone` is
 * aborted when the peer has said all or went away: what has no end of its own ends then.
 */
export type Answer = (line: string, gone: AbortSignal) => AsyncIterable<string>;

/** A control socket in use. */
export interface ControlServer {
  /** Ends all conversations and removes the socket. */
  close(): void;
}

/**
 * Listens at `path` and passes each line to `answer`, whose lines go back. A socket file
 * that nobody listens on any more is replaced. Rejects when another process listens there.
 */
export async function serveControl(
  path: string,
  answer: Answer,
  access: SocketAccess = OWNER_ONLY,
): Promise<ControlServer> {
  mkdirSync(dirname(path), { recursive: true, mode: access.folderMode });
  if (await isListening(path)) {
    throw new Error(`Cannot listen at ${path}: another ${access.daemon} does already`);
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isSocket()) {
    throw new Error(`Cannot listen at ${path}: a file is there that is no socket`);
  }
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  // Who has said all and reads on, as `nc -N` does, still gets the answers.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void converse(socket, answer, access.longestLine);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const mask = process.umask(0o177);
    server.listen(path, resolve);
    process.umask(mask);
  });
  // In this order: who has given a file away may change no more of it.
  chmodSync(path, access.mode);
  if (access.owner !== null) chownSync(path, access.owner.uid, access.owner.gid);
  return {
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      rmSync(path, { force: true });
    },
  };
}

async function converse(socket: Socket, answer: Answer, longestLine: number): Promise<void> {
  socket.on('error', () => socket.destroy());
  try {
    // The last answers may still be on their way when the last request has come.
    const requests = readLines(socket.iterator({ destroyOnReturn: false }), longestLine);
    let upcoming = requests.next();
    for (;;) {
      const request = await upcoming;
      if (request.done === true) break;
      // Reading ahead shows when the peer has said all.
      upcoming = requests.next();
      await send(socket, answer(request.value, endOf(upcoming)));
    }
    socket.end();
  } catch {
    // The peer went away, or sent a line without end.
    socket.destroy();
  }
}

async function send(socket: Socket, lines: AsyncIterable<string>): Promise<void> {
  for await (const line of lines) {
    if (!socket.write(`${line}\n`)) await drained(socket);
    if (socket.destroyed) return;
  }
}

/** Aborted when `upcoming` is the end, good or bad. */
function endOf(upcoming: Promise<IteratorResult<string>>): AbortSignal {
  const gone = new AbortController();
  upcoming.then(
    ({ done }) => done === true && gone.abort(),
    () => gone.abort(),
  );
  return gone.signal;
}

/** Resolves when `socket` takes more, or is gone. */
function drained(socket: Socket): Promise<void> {
  if (socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = () => {
      socket.off('drain', settle).off('close', settle);
      resolve();
    };
    socket.on('drain', settle).on('close', settle);
  });
}

/** Whether somebody listens at `path`. */
export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
