/**
 * What racoon.conf can say and we do not do. What protection or a login depends on is refused; what
 * only describes it, or changes nothing that can be seen, is told of in a warning.
 *
 * @module
 */
import type { Span } from '../source.ts';
import type { Arguments } from './arguments.ts';
import type { CompileContext } from './compile-context.ts';

/** Refuses `span`: `what` is not done here, and nothing else would do. */
export function refuseLeftOut(
  words: Arguments,
  span: Span,
  what: string,
  fix: string | null = null,
): void {
  words.fail('left-out', span, `${what}, which is left out here`, { fix });
}

/** Warns that `span` is read and then forgotten, for the reason `why`. */
export function warnOfLeftOut(span: Span, why: string, { report }: CompileContext): void {
  report.warning('left-out', span, `this has no effect: ${why}`);
}
