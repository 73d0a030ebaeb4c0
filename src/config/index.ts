/**
 * Configuration languages: text in; changes to the SAD and the SPD out, or what IKE is to do; and
 * diagnostics that say what is wrong and how to put it right. No file is opened here and no name looked up.
 *
 * @module
 */
export { type FileAccess, keyFileFault as pskFileFault } from '../crypto/key-file.ts';
export { type Diagnostic, formatDiagnostic, type Severity } from './diagnostic.ts';
export {
  type Choices,
  type CompiledInterface,
  compileIfcfg,
  type InterfaceRoute,
} from './ifcfg/compile.ts';
export type { IfcfgFile } from './ifcfg/environment.ts';
export type * from './ifcfg/interface.ts';
export {
  filesOf,
  type IfcfgOptions,
  type IfcfgOutline,
  type IfcfgReading,
  outlineOf,
  readIfcfg,
} from './ifcfg/read.ts';
export { type KeyOwner, type PlainRsaFile, readPlainRsa } from './plain-rsa/read.ts';
export type { RacoonConfiguration } from './racoon/configuration.ts';
export type { FoundFiles, NamedText, RacoonOptions } from './racoon/files.ts';
export { type RacoonFile, type RacoonProgram, readRacoon } from './racoon/read.ts';
export { type PskFile, readPsk } from './racoon/read-psk.ts';
export type { Command, Step } from './setkey/compile.ts';
export type { SetkeyOptions } from './setkey/compile-context.ts';
export type { HostLookup, Names, WantedNames } from './setkey/names.ts';
export { readSetkey, type SetkeyProgram } from './setkey/read.ts';
export { type SplitText, splitStatements } from './setkey/split.ts';
export type { Location, Span } from './source.ts';
