import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../../../test/lab/cleanup.ts';
import { LONGEST_LINE } from './protocol.ts';
import { type ControlServer, serveControl } from './server.ts';

let folder: TemporaryDirectory;
let path: string;
let servers: ControlServer[];

beforeEach(() => {
  folder = makeTemporaryDirectory();
  path = join(folder.path, 'run', 'control.sock');
  servers = [];
});

afterEach(() => {
  for (const server of servers) server.close();
  folder.remove();
});

/** Serves at `path` what `answer` answers; by default the line itself, in capitals. */
async function serve(
  answer: (line: string) => Promise<string> = async (line) => line.toUpperCase(),
): Promise<ControlServer> {
  const server = await serveControl(path, async function* (line) {
    yield await answer(line);
  });
  servers.push(server);
  return server;
}

/** Somebody at the other end, who keeps what is said. */
class Peer {
  readonly socket: Socket;
  heard = '';
  readonly closed: Promise<void>;

  constructor() {
    this.socket = connect({ path, allowHalfOpen: true });
    this.socket.on('error', () => undefined);
    this.socket.on('data', (octets) => {
      this.heard += octets.toString();
    });
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
    this.socket.once('end', () => this.socket.end());
  }

  say(text: string): this {
    this.socket.write(text);
    return this;
  }

  /** Waits for `text`, or the end of the conversation, whichever comes first. */
  async hears(text: string): Promise<string> {
    while (!this.heard.includes(text) && !this.socket.destroyed) await pause(2);
    return this.heard;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe('the socket', () => {
  test("is the owner's alone, and so is the folder when there was none", async () => {
    await serve();
    expect(statSync(path).isSocket()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  test('leaves the umask and the mode of a folder that was there as they were', async () => {
    mkdirSync(dirname(path), { mode: 0o755 });
    const mask = process.umask();
    await serve();
    expect(process.umask()).toBe(mask);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o755);
  });

  test('goes when the server is closed, and may be served again', async () => {
    (await serve()).close();
    expect(existsSync(path)).toBe(false);
    await serve();
    expect(await new Peer().say('again\n').hears('\n')).toBe('AGAIN\n');
  });

  test('that a dead server left behind is replaced', async () => {
    mkdirSync(dirname(path));
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(`${path}.other`, resolve));
    renameSync(`${path}.other`, path);
    await new Promise((resolve) => dead.close(resolve));
    expect(statSync(path).isSocket()).toBe(true);
    await serve();
    expect(await new Peer().say('hello\n').hears('\n')).toBe('HELLO\n');
  });

  test('that a live server listens at is left to it', async () => {
    await serve();
    await expect(serve()).rejects.toThrow(`Cannot listen at ${path}: another ipseald does already`);
    expect(await new Peer().say('hello\n').hears('\n')).toBe('HELLO\n');
  });

  test('never takes the place of a file that is no socket', async () => {
    mkdirSync(dirname(path));
    writeFileSync(path, 'precious');
    await expect(serve()).rejects.toThrow(
      `Cannot listen at ${path}: a file is there that is no socket`,
    );
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  test('with a path that is too long is refused', async () => {
    path = join(folder.path, 'x'.repeat(120));
    await expect(serve()).rejects.toThrow();
  });
});

describe('a conversation', () => {
  test('has an answer for each line, in order, whatever the lines say', async () => {
    await serve();
    const peer = new Peer().say('one\n\ntw').say('o\n\u0000\r\n');
    expect(await peer.hears('\r\n')).toBe('ONE\n\nTWO\n\u0000\r\n');
  });

  test('answers one line before it looks at the next', async () => {
    let open = 0;
    let most = 0;
    await serve(async (line) => {
      most = Math.max(most, ++open);
      await pause(Number(line));
      open--;
      return line;
    });
    expect(await new Peer().say('20\n1\n10\n0\n').hears('\n0\n')).toBe('20\n1\n10\n0\n');
    expect(most).toBe(1);
  });

  test('does not wait for another', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await serve(async (line) => {
      if (line === 'slow') await held;
      return line;
    });
    const slow = new Peer().say('slow\n');
    expect(await new Peer().say('quick\n').hears('\n')).toBe('quick\n');
    expect(slow.heard).toBe('');
    release();
    expect(await slow.hears('\n')).toBe('slow\n');
  });

  test('gives all its answers to a peer that has said all, in full', async () => {
    const warnings: Error[] = [];
    const keep = (warning: Error) => warnings.push(warning);
    process.on('warning', keep);
    const long = 'x'.repeat(1 << 20);
    await serve(async (line) => `${line} ${long}`);
    const peer = new Peer();
    peer.socket.end(Array.from({ length: 30 }, (_, k) => `${k}\n`).join(''));
    await peer.closed;
    const lines = peer.heard.split('\n');
    expect(lines.map((line) => line.replace(long, ''))).toEqual([
      ...Array.from({ length: 30 }, (_, k) => `${k} `),
      '',
    ]);
    process.off('warning', keep);
    expect(warnings).toEqual([]);
  });

  test('gives no answer to a line without an end', async () => {
    await serve();
    const peer = new Peer().say('one\ntw');
    peer.socket.end();
    await peer.closed;
    expect(peer.heard).toBe('ONE\n');
  });

  test('ends at a line that is too long, and others go on', async () => {
    await serve();
    const other = new Peer().say('before\n');
    const chatterer = new Peer().say('x'.repeat(LONGEST_LINE + 1));
    await chatterer.closed;
    expect(chatterer.heard).toBe('');
    await other.say('after\n').hears('AFTER\n');
    expect(other.heard).toBe('BEFORE\nAFTER\n');
  });

  test('ends when answering fails', async () => {
    await serve(() => Promise.reject(new Error('no answer')));
    const peer = new Peer().say('one\n');
    await peer.closed;
    expect(peer.heard).toBe('');
  });

  test.each([
    ['in the middle of a request', 'one\ntw'],
    ['before its answer', 'one\n'],
    ['without a word', ''],
  ])('with a peer that vanishes %s disturbs nobody', async (_, words) => {
    await serve(async (line) => {
      await pause(10);
      return line.repeat(100_000);
    });
    const peers = Array.from({ length: 5 }, () => new Peer().say(words));
    await pause(5);
    for (const peer of peers) peer.socket.destroy();
    await pause(30);
    expect(await new Peer().say('x\n').hears('\n')).toHaveLength(100_001);
  });

  test('ends with the server', async () => {
    const server = await serve(() => new Promise(() => undefined));
    const peers = ['one\n', ''].map((words) => new Peer().say(words));
    await pause(20);
    server.close();
    await Promise.all(peers.map((peer) => peer.closed));
  });
});
