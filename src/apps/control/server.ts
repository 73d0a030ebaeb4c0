/**
 * The control socket: lines in, lines out. What requests mean is `answer`'s concern.
 *
 * @module
 */
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { readLines } from './lines.ts';
import { LONGEST_LINE } from './protocol.ts';

/** Only the owner may connect: requests carry keys and decide what is protected. */
const SOCKET_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** A control socket in use. */
export interface ControlServer {
  /** Ends all conversations and removes the socket. */
  close(): void;
}

/**
 * Listens at `path` and passes each line to `answer`, whose text goes back as a line. A socket file
 * that nobody listens on any more is replaced. Rejects when another process listens there.
 */
export async function serveControl(
  path: string,
  answer: (line: string) => Promise<string>,
): Promise<ControlServer> {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  if (await isListening(path)) {
    throw new Error(`Cannot listen at ${path}: another ipseald does already`);
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
    void converse(socket, answer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const mask = process.umask(0o177);
    server.listen(path, resolve);
    process.umask(mask);
  });
  chmodSync(path, SOCKET_MODE);
  return {
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      rmSync(path, { force: true });
    },
  };
}

async function converse(socket: Socket, answer: (line: string) => Promise<string>): Promise<void> {
  socket.on('error', () => socket.destroy());
  try {
    // The last answers may still be on their way when the last request has come.
    const requests = socket.iterator({ destroyOnReturn: false });
    for await (const line of readLines(requests, LONGEST_LINE)) {
      const text = await answer(line);
      if (!socket.write(`${text}\n`)) await drained(socket);
    }
    socket.end();
  } catch {
    // The peer went away, or sent a line without end.
    socket.destroy();
  }
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

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
