/**
 * Other ways in which hosts have loaded IPsec at boot, so that nothing is loaded twice, late, or
 * behind the operator's back.
 *
 * @module
 */

/** Something that loads IPsec beside us. */
export interface Habit {
  readonly path: string;
  /** Counted from 1; `null` where the file as a whole is meant. */
  readonly line: number | null;
  /** A clause. */
  readonly what: string;
  /** What to do about it, as a clause. */
  readonly fix: string;
}

/** Scripts of the machine's own that run late at boot: SUSE's, Red Hat's, and everybody's. */
export const LOCAL_SCRIPTS: readonly string[] = [
  '/etc/init.d/boot.local',
  '/etc/rc.d/boot.local',
  '/etc/rc.local',
  '/etc/rc.d/rc.local',
  '/etc/network/interfaces',
];

/** What Debian's package ipsec-tools loads, and starts it with. */
export const IPSEC_TOOLS_FILES: readonly string[] = [
  '/etc/ipsec-tools.conf',
  '/etc/init.d/setkey',
  '/etc/rcS.d/S13setkey',
  '/etc/systemd/system/setkey.service',
  '/lib/systemd/system/setkey.service',
];

/** The lines of a local script that load IPsec. */
export function habitsOfScript(path: string, text: string): Habit[] {
  return text.split('\n').flatMap((content, index) => {
    const command = content.replace(/(?:^|\s)#.*/, '').trim();
    const [, program] = /(?:^|[\s/;&|])(setkey|racoon|ip\s+xfrm)(?=\s|$)/.exec(command) ?? [];
    if (program === undefined) return [];
    const what = `"${command}" runs ${program} when the network is long up`;
    return [{ path, line: index + 1, what, fix: `remove line ${index + 1} of ${path}` }];
  });
}

/** What a file of ipsec-tools is there for; `null` where its text has no statement. */
export function habitOfIpsecTools(path: string, text: string): Habit | null {
  if (!path.endsWith('.conf')) {
    const what = 'starts setkey with /etc/ipsec-tools.conf';
    return {
      path,
      line: null,
      what,
      fix: 'systemctl disable setkey, or update-rc.d setkey remove',
    };
  }
  const says = text.split('\n').some((line) => /^\s*(?:add|spdadd|flush|spdflush)\b/.test(line));
  if (!says) return null;
  const what = 'is what the package ipsec-tools loads';
  return { path, line: null, what, fix: `ipseal boot install ${path}, and remove ipsec-tools` };
}
