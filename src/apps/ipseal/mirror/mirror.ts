/**
 * `ipseal mirror`: the peer's setkey file from this host's.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { formatDiagnostic } from '../../../config/diagnostic.ts';
import { type MirroredFile, mirror } from '../../../config/setkey/mirror.ts';
import { readOctets } from '../../file-trouble.ts';
import { writePrivateFiles } from '../../private-file.ts';
import { complain } from '../complain.ts';

export interface MirrorOptions {
  /** Addresses of the peer, where the file is about others too. */
  readonly host?: readonly string[];
  readonly json?: boolean;
  /** The file to write to; standard output where there is none. */
  readonly output?: string;
  readonly force?: boolean;
}

/** What `--json` prints. */
export interface MirrorReport extends MirroredFile {
  readonly version: 1;
}

/** Mirrors the file at `path`, `-` being standard input; resolves with the exit status. */
export async function mirrorFile(path: string, options: MirrorOptions): Promise<number> {
  const octets = readOctets(path === '-' ? 0 : path);
  // Old keys may be in an old encoding; each octet comes out as it went in.
  const encoding = isUtf8(octets) ? 'utf8' : 'latin1';
  const source = { name: path === '-' ? 'standard input' : path, text: octets.toString(encoding) };
  const mirrored = mirror(source, options.host);
  const { text, diagnostics, leftOut } = mirrored;
  const isWrong = diagnostics.some(({ severity }) => severity === 'error');
  if (options.host !== undefined && mirrored.kept === 0 && !isWrong) {
    throw new Error(`nothing in ${source.name} is about ${options.host.join(' or ')}`);
  }
  if (options.json === true) {
    const report: MirrorReport = { version: 1, ...mirrored, text: isWrong ? '' : text };
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return isWrong ? 1 : 0;
  }
  for (const diagnostic of diagnostics) process.stderr.write(`${formatDiagnostic(diagnostic)}\n`);
  if (isWrong) return 1;
  if (leftOut > 0) {
    const statements = leftOut === 1 ? 'a statement' : `${leftOut} statements`;
    complain(`left out ${statements} about other hosts`);
  }
  if (options.output === undefined) process.stdout.write(Buffer.from(text, encoding));
  else writePrivateFiles([{ path: options.output, text, encoding }], options.force === true);
  return 0;
}
