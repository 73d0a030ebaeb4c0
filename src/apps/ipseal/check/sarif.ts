/**
 * What `ipseal check --sarif` prints: the Static Analysis Results Interchange Format, version 2.1.0 of
 * OASIS. The section of the standard stands at each object.
 *
 * @module
 */
import type { Diagnostic } from '../../../config/diagnostic.ts';
import type { TableEntry } from '../../../config/lint/entries.ts';
import type { CheckedFile } from './checked-file.ts';

/** The log of one run (§3.13). `version` is that of ipseal. */
export function sarifOf(
  files: readonly CheckedFile[],
  table: readonly TableEntry[],
  version: string,
) {
  // Some codes are told of several forms; ids differ from each other (§3.19.23).
  const rules = table.filter(
    ({ code, toldBy }, at) =>
      toldBy !== 'peer' && table.findIndex((other) => other.code === code) === at,
  );
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    // §3.14
    runs: [
      {
        // §3.18, §3.19
        tool: { driver: { name: 'ipseal check', version, rules: rules.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        results: files.flatMap(({ diagnostics }) =>
          diagnostics.map((diagnostic) => resultOf(diagnostic, rules)),
        ),
      },
    ],
  };
}

/** A reportingDescriptor (§3.49). */
function ruleOf({ code, title, reason, severity }: TableEntry) {
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: reason },
    defaultConfiguration: { level: severity },
  };
}

/** A result (§3.27). Errors of the language have no entry among the rules, and no `ruleIndex`. */
function resultOf(diagnostic: Diagnostic, rules: readonly TableEntry[]) {
  const { code, severity, file, edit } = diagnostic;
  const ruleIndex = rules.findIndex((rule) => rule.code === code);
  const artifactLocation = { uri: uriOf(file) };
  return {
    ruleId: code,
    ...(ruleIndex < 0 ? {} : { ruleIndex }),
    level: severity,
    message: { text: messageOf(diagnostic) },
    locations: [{ physicalLocation: { artifactLocation, region: regionOf(diagnostic) } }],
    // §3.55 to §3.57
    ...(edit === null
      ? {}
      : {
          fixes: [
            {
              description: { text: diagnostic.fix ?? diagnostic.message },
              artifactChanges: [
                {
                  artifactLocation,
                  replacements: [
                    {
                      deletedRegion: {
                        charOffset: edit.span.start,
                        charLength: edit.span.end - edit.span.start,
                      },
                      insertedContent: { text: edit.text },
                    },
                  ],
                },
              ],
            },
          ],
        }),
  };
}

/** A region (§3.30); its end is the place behind it. */
function regionOf({ line, column, end }: Diagnostic) {
  return { startLine: line, startColumn: column, endLine: end.line, endColumn: end.column };
}

function messageOf({ message, expected, fix }: Diagnostic): string {
  const more = [
    ...(expected === null ? [] : [`Expected: ${expected}.`]),
    ...(fix === null ? [] : [`Fix: ${fix}.`]),
  ];
  return [`${message}.`, ...more].join(' ');
}

/** A relative reference, or the path of an absolute one (§3.10). */
function uriOf(file: string): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? `file://${path}` : path;
}

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
