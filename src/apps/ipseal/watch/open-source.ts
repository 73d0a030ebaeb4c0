/**
 * Opens what `-r` or `-i` asks for.
 *
 * @module
 */
import { CaptureFile } from '../../../io/capture-file.ts';
import type { CaptureSource } from '../../../io/capture-source.ts';
import type { WatchCommand } from './options.ts';

/** The source that `command` names. Throws where it cannot be opened. */
export function openSource({ source }: WatchCommand): CaptureSource {
  switch (source.kind) {
    case 'file':
      return new CaptureFile(source.path);
    case 'live':
      throw new Error('live capture is not built yet');
  }
}
