import { describe, expect, test } from 'vitest';
import { UsageError } from '../getopt.ts';
import { parseCommand, USAGE } from './options.ts';

describe('the command line', () => {
  test('names an interface, and whatever else ifup says behind it at boot', () => {
    expect(parseCommand(['ipsec0'])).toMatchObject({ interfaces: ['ipsec0'], dryRun: false });
    expect(parseCommand(['ifcfg-ipsec0', 'boot'])).toMatchObject({ interfaces: ['ifcfg-ipsec0'] });
  });

  test('may ask for all that come up with the host', () => {
    expect(parseCommand(['--onboot', '--dry-run'])).toMatchObject({
      interfaces: null,
      dryRun: true,
    });
  });

  test('says where files are', () => {
    const words = ['x', '--scripts', '/s', '--racoon=/r', '--records', '/run/x'];
    expect(parseCommand(words)).toMatchObject({
      places: { scripts: '/s', racoon: '/r', records: '/run/x' },
    });
  });

  test.each([[[]], [['a', 'b']], [['a', 'boot', 'b']], [['a', '--onboot']], [['--fast', 'a']]])(
    '%j makes no sense',
    (words) => {
      expect(() => parseCommand(words)).toThrow(UsageError);
    },
  );

  test('is told in the usage, option by option', () => {
    for (const usage of Object.values(USAGE)) {
      for (const option of ['dry-run', 'onboot', 'scripts', 'racoon', 'records', 'rfc4868']) {
        expect(usage).toContain(`--${option}`);
      }
    }
  });
});
