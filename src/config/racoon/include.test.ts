import { describe, expect, test } from 'vitest';
import type { FoundFiles, NamedText } from './files.ts';
import { readRacoon } from './read.ts';

const main = (text: string): NamedText => ({ name: 'racoon.conf', text });

/** Files by pattern; those with a text have one file of that name. */
function found(files: Readonly<Record<string, string | FoundFiles>>): Map<string, FoundFiles> {
  return new Map(
    Object.entries(files).map(([name, file]) => [
      name,
      typeof file === 'string' ? { files: [{ name, text: file }] } : file,
    ]),
  );
}

function said(text: string, files: Readonly<Record<string, string | FoundFiles>>): string[] {
  const { diagnostics } = readRacoon(main(text), { files: found(files) });
  return diagnostics.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`);
}

test('what nobody has looked for is wanted, once, by its whole path', () => {
  const text =
    'path include "/etc/racoon"; include "a/*.conf";\ninclude "/b"; include "~/c"; include "/b";';
  const { wantedFiles, configuration } = readRacoon(main(text));
  expect(wantedFiles).toEqual(['/etc/racoon/a/*.conf', '/b', '~/c']);
  expect(configuration).toBeNull();
});

test('included files count where they are included', () => {
  const { configuration, wantedFiles, files } = readRacoon(
    main('log error; include "/all"; log debug;'),
    {
      files: found({
        '/all': {
          files: [
            main('log info; path pidfile "1";'),
            { name: '/2', text: 'path pidfile "2"; include "/3";' },
          ].map((file, at) => ({ ...file, name: `/${at + 1}` })),
        },
        '/3': 'path script "3";',
      }),
    },
  );
  expect(wantedFiles).toEqual([]);
  expect(configuration).toMatchObject({ logLevel: 'debug', paths: { pidFile: '2', scripts: '3' } });
  expect(files.map(({ source }) => source.name)).toEqual(['racoon.conf', '/1', '/2', '/3']);
});

test('each file tells its own mistakes, and goes on behind them', () => {
  expect(said('include "/a";\nlog loud;', { '/a': '\nlog quiet;' })).toEqual([
    'racoon.conf:2:5 unknown-log-level',
    '/a:2:5 unknown-log-level',
  ]);
});

test('what is wrong with a remote that inherits from another file is told in its own', () => {
  const proposal = (group: number): string =>
    `proposal { encryption_algorithm aes; hash_algorithm sha256; authentication_method rsasig; dh_group ${group}; }`;
  const parent = `\n\n\n\nremote "a" { exchange_mode aggressive; certificate_type x509 "c" "k"; ${proposal(14)} }`;
  expect(
    said(`include "/a";\nremote "b" inherit "a" {\n${proposal(15)} }`, { '/a': parent }),
  ).toEqual(['racoon.conf:3:91 unequal-groups']);
  expect(
    said(`include "/a";\nremote "b" inherit "a" { exchange_mode aggressive; }`, {
      '/a': parent.replace(proposal(14), proposal(14) + proposal(15)),
    }),
  ).toEqual(['racoon.conf:2:1 unequal-groups', '/a:5:265 unequal-groups']);
});

describe('includes that lead nowhere', () => {
  test('relative without a folder', () => {
    expect(said('include "a";', {})).toEqual(['racoon.conf:1:9 no-include-path']);
  });
  test('no match, as racoon refused it', () => {
    expect(said('include "/a";', { '/a': { files: [] } })).toEqual(['racoon.conf:1:9 unread-file']);
  });
  test('not readable', () => {
    expect(said('include "/a";', { '/a': { failure: 'no' } })).toEqual([
      'racoon.conf:1:9 unread-file',
    ]);
  });
  test('in a circle', () => {
    expect(said('include "/a";', { '/a': 'include "/b";', '/b': '\ninclude "/a";' })).toEqual([
      '/b:2:9 include-cycle',
    ]);
  });
  test('too deep', () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [`/${at}`, `include "/${at + 1}";`]),
    );
    expect(said('include "/0";', files)).toEqual(['/8:1:9 too-deep']);
  });
  test('too many files', () => {
    const files = Array.from({ length: 1500 }, (_, at) => ({ name: `/${at}`, text: '' }));
    expect(said('include "/*";', { '/*': { files } })).toEqual(['racoon.conf:1:9 too-many-files']);
  });
});
