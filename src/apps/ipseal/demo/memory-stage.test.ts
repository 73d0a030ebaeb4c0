import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../../../../test/lab/cleanup.ts';
import { GAZETTE } from '../../../../test/support/examples.ts';
import { MemoryStage } from './memory-stage.ts';
import type { Configurations } from './stage.ts';
import { tellStory } from './story.ts';

const ESCAPE = String.fromCharCode(27);

let folder: TemporaryDirectory;

beforeEach(() => {
  folder = makeTemporaryDirectory();
});

afterEach(() => {
  folder.remove();
});

/** Files of what alice and bob load. */
function written(alice: string, bob: string = alice): Configurations {
  const files = { alice: join(folder.path, 'alice.conf'), bob: join(folder.path, 'bob.conf') };
  writeFileSync(files.alice, alice);
  writeFileSync(files.bob, bob);
  return files;
}

/** Plays the story and returns whether all of it held, and its lines without colours. */
async function told(files: Configurations) {
  const lines: string[] = [];
  const colours = new RegExp(`${ESCAPE}\\[\\d+m`, 'g');
  const held = await tellStory(new MemoryStage('a test'), files, (line) =>
    lines.push(line.replace(colours, '')),
  );
  const table = lines.slice(lines.indexOf('\nWhat was seen') + 1);
  return { held, lines, table, text: lines.join('\n') };
}

/** SAs for ESP both ways and policies that ask for it, as host `here` has them. */
function espOnly(here: 'alice' | 'bob', policies = true): string {
  const [local, remote] = here === 'alice' ? ['10.9.0.1', '10.9.0.2'] : ['10.9.0.2', '10.9.0.1'];
  const sas = [
    ['10.9.0.1', '10.9.0.2', '0x201'],
    ['10.9.0.2', '10.9.0.1', '0x301'],
  ].map(
    (words) =>
      `add ${words.join(' ').replace(/ (0x)/, ' esp $1')} -r 64 -E aes-cbc "${'k'.repeat(16)}"` +
      ` -A hmac-sha256-128 "${'a'.repeat(32)}";`,
  );
  const asked = [
    `spdadd ${local} ${remote} any -P out ipsec esp/transport//require;`,
    `spdadd ${remote} ${local} any -P in ipsec esp/transport//require;`,
  ];
  return ['flush; spdflush;', ...sas, ...(policies ? asked : [])].join('\n');
}

describe('the story on a wire in memory', () => {
  test('holds with the gazette pair: AH and ESP, and four attacks that fail', async () => {
    const { held, lines, table, text } = await told(GAZETTE);
    expect(held).toBe(true);
    expect(lines.slice(0, 3)).toEqual([
      'No hosts in network namespaces: a test.',
      'So both hosts, alice (10.9.0.1) and bob (10.9.0.2), are in this process, on a wire in memory:',
      'the same stack, a synthetic ping and a datagram, the same attacker.',
    ]);
    expect(
      table.map((line) => line.replace(/^ {3}(yes|NO ) {2}(.*?) {2,}(.*)$/, '$1|$2|$3')),
    ).toEqual([
      'yes|in the clear, ping and transfer arrive|ping answered, UDP text arrived',
      'yes|in the clear, a listener reads both|2 of 2 texts read off the wire',
      'yes|under IPsec, ping and transfer arrive|ping answered, UDP text arrived',
      'yes|under IPsec, every packet is AH or ESP|3 of 3 packets',
      'yes|under IPsec, a listener reads nothing|0 of 2 texts read off the wire',
      'yes|dropped: a forged packet in the clear|in-tmpl-mismatch 0 -> 1',
      'yes|dropped: a genuine packet, sent again|in-state-seq-error 0 -> 1',
      'yes|dropped: the same with one bit flipped|in-state-proto-error 0 -> 1',
      'yes|dropped: the same with an unknown SPI|in-no-states 0 -> 1',
    ]);
    const sealed = text.slice(text.indexOf('3. The same again'), text.indexOf('4. An attacker'));
    expect(sealed.match(/AH\(spi=0x00000200,.*\): ESP\(spi=0x00000201,/g)).toHaveLength(2);
    expect(sealed.match(/AH\(spi=0x00000300,.*\): ESP\(spi=0x00000301,/g)).toHaveLength(1);
    expect(sealed).toContain('A listener reads nothing.');
    expect(text).toContain(`   alice# setkey -f ${GAZETTE.alice}\n`);
    expect(text).toContain(`   bob# setkey -f ${GAZETTE.bob}\n`);
  });

  test('holds with ESP alone', async () => {
    const { held, text } = await told(written(espOnly('alice'), espOnly('bob')));
    expect(held).toBe(true);
    expect(text).toMatch(/ESP\(spi=0x00000201,seq=0x1\)/);
    expect(text).not.toContain('AH(');
  });

  test('does not hold where nothing is protected', async () => {
    const { held, table, text } = await told(written('flush; spdflush;'));
    expect(held).toBe(false);
    expect(text).toContain('There was no protected packet to attack with.');
    expect(table.filter((line) => line.includes('NO '))).toHaveLength(3);
    expect(table.at(-1)).toMatch(/^ {3}NO {3}the attacker is turned away +nothing to try$/);
  });

  test('does not hold where SAs are loaded and no policy uses them', async () => {
    const { held, text } = await told(written(espOnly('alice', false)));
    expect(held).toBe(false);
    expect(text).toMatch(/A listener reads: is anybody listening\?, Dear Bob/);
  });

  test('does not hold where bob has other keys', async () => {
    const files = written(
      espOnly('alice'),
      espOnly('bob').replaceAll('k'.repeat(16), 'K'.repeat(16)),
    );
    const { held, table } = await told(files);
    expect(held).toBe(false);
    expect(table.find((line) => line.includes('under IPsec, ping'))).toMatch(
      /NO .*ping lost, UDP text lost/,
    );
    // What is on the wire is protected all the same.
    expect(table.find((line) => line.includes('every packet'))).toMatch(/yes .*2 of 2 packets/);
  });

  test('does not hold where bob takes what is not protected', async () => {
    const bob = espOnly('bob').replace(/spdadd 10\.9\.0\.1 .*;/, '');
    const { held, table } = await told(written(espOnly('alice'), bob));
    expect(held).toBe(false);
    expect(table.filter((line) => line.includes('NO '))).toEqual([
      expect.stringMatching(/dropped: a forged packet in the clear +in-tmpl-mismatch 0 -> 0$/),
    ]);
  });

  test('ends at a file that is wrong, naming the error', async () => {
    const files = written('flush;\nspdad;\n');
    await expect(told(files)).rejects.toThrow(
      `${files.alice}:2:1: error: "spdad" is not a statement`,
    );
  });

  test('ends at a file that is refused, naming it and the reason', async () => {
    const files = written('flush; delete 10.9.0.1 10.9.0.2 esp 0x999;');
    await expect(told(files)).rejects.toThrow(
      `alice refused ${files.alice}: there is no SA esp 0x00000999 to 10.9.0.2`,
    );
  });

  test('ends at a file that is not there', async () => {
    const files = { alice: join(folder.path, 'none'), bob: GAZETTE.bob };
    await expect(told(files)).rejects.toThrow('No such file or directory');
  });
});

describe('the stage in memory', () => {
  test('gives back each packet once, and has nothing to enter or to take down', async () => {
    const stage = new MemoryStage('a test');
    expect(await stage.ping()).toBe(true);
    expect(await stage.packets()).toHaveLength(2);
    expect(await stage.packets()).toEqual([]);
    expect(stage.doors).toEqual([]);
    await stage.end();
    await stage.end();
  });

  test('delivers a text, and what an attacker sends in the clear where nothing forbids it', async () => {
    const stage = new MemoryStage('a test');
    expect(await stage.transfer('some words')).toBe(true);
    const [packet] = await stage.packets();
    stage.attack(packet?.octets ?? new Uint8Array(0));
    expect(await stage.discards()).toEqual({});
  });
});
