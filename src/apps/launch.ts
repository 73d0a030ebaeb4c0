/**
 * How every command starts and ends.
 *
 * @module
 */

/** A reader that goes away, `head` for one, is no error: what the shell says of it (SIGPIPE). */
const BROKEN_PIPE_STATUS = 141;

/** Runs `main` on the words of the command line; its result becomes the exit status. */
export async function launch(main: (words: readonly string[]) => Promise<number>): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    // Whoever has something to clear up listens for the signal that Node ignores.
    if (!process.emit('SIGPIPE', 'SIGPIPE')) process.exit(BROKEN_PIPE_STATUS);
  });
  process.exitCode = await main(process.argv.slice(2));
}
