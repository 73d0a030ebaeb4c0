/**
 * Configuration languages: text in, changes to the SAD and the SPD out, and diagnostics that say
 * what is wrong and how to put it right. No file is opened here and no name looked up.
 *
 * @module
 */
export { type Diagnostic, formatDiagnostic, type Severity } from './diagnostic.ts';
export type { Command, Step } from './setkey/compile.ts';
export type { SetkeyOptions } from './setkey/compile-context.ts';
export type { HostLookup, Names, WantedNames } from './setkey/names.ts';
export { readSetkey, type SetkeyProgram } from './setkey/read.ts';
export { type SplitText, splitStatements } from './setkey/split.ts';
export type { Location, Span } from './source.ts';
