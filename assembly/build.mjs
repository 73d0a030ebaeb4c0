/**
 * Compiles this folder to WebAssembly, and writes the module down as a TypeScript one, so that it goes
 * wherever the compiled sources go.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const FOLDER = import.meta.dirname;
const TARGET = `${FOLDER}/../src/octets/assembled.ts`;
const OPTIONS = [
  'index.ts',
  `--baseDir=${FOLDER}`,
  '--outFile=assembled.wasm',
  '-O3',
  '--converge',
  '--noAssert',
  '--runtime=stub',
  '--importMemory',
  '--enable=simd',
  '--use=abort=',
];

let module;
const { error, stderr } = await asc.main(OPTIONS, {
  writeFile: (_name, octets) => {
    module = octets;
  },
});
if (error || module === undefined) {
  process.stderr.write(stderr.toString());
  process.exit(1);
}
const lines = Buffer.from(module)
  .toString('base64')
  .match(/.{1,90}/g);
writeFileSync(
  TARGET,
  `/**
 * The folder assembly/ as a WebAssembly module, in base64: made by assembly/build.mjs, not to be edited.
 *
 * @module
 */
export const ASSEMBLED: string = [
${lines.map((line) => `  '${line}',`).join('\n')}
].join('');
`,
);
