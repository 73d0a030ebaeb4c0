import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { checkSetkey } from './setkey/check-setkey.ts';
import { formatDiagnostic } from '../diagnostic.ts';
function walk(d: string): string[] { return readdirSync(d).flatMap((n) => { const p = join(d, n); return statSync(p).isDirectory() ? walk(p) : [p]; }); }
test('x', () => {
  const counts = new Map<string, number>();
  for (const f of [...walk('/work/shared/examples').filter((x) => /setkey/.test(x)), ...walk('examples').filter((x) => /setkey/.test(x))]) {
    const r = checkSetkey({ name: f, text: readFileSync(f, 'utf8') }, { mode: 0o600 });
    console.log(r.diagnostics.map(formatDiagnostic).join('\n'));
  }
  for (const f of walk('/work/shared/vectors/G_configs/setkey').filter((x) => !/(meta\.json|expected\.|index\.md)/.test(x))) {
    const r = checkSetkey({ name: f, text: readFileSync(f, 'utf8') }, { mode: 0o600 });
    const e = r.file === null;
    for (const d of r.diagnostics) if (!e) counts.set(d.code, (counts.get(d.code) ?? 0) + 1);
    if (!e) console.log(f.replace(/.*setkey\//,''), r.diagnostics.map((d) => `${d.line}:${d.severity[0]}:${d.code}`).join(' '));
  }
  console.log(counts);
});
