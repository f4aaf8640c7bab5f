// Prints what a viewer downloads before the page works, gzipped, and fails above the budget. The
// player (hls.js) is a chunk of its own, loaded after the page is usable, and counted apart.
import { readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";

const kBudgetBytes = 150 * 1024;
const dist = new URL("../dist/", import.meta.url);
const manifestFile = new URL(".vite/manifest.json", dist);
const manifest = JSON.parse(readFileSync(manifestFile, "utf8"));

const sizeOf = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

// Files an entry needs at once; dynamic imports are followed only when `lazy` is set.
function filesOf(entry, lazy, seen = new Set()) {
  const chunk = manifest[entry];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const next of chunk.imports ?? []) filesOf(next, lazy, seen);
  if (lazy) for (const next of chunk.dynamicImports ?? []) filesOf(next, lazy, seen);
  return seen;
}

let tooBig = false;
for (const entry of ["index.html", "host.html"]) {
  const first = filesOf(entry, false);
  const player = [...filesOf(entry, true)].filter((file) => !first.has(file));
  const script = [...first].reduce((sum, file) => sum + sizeOf(file), 0);
  const later = player.reduce((sum, file) => sum + sizeOf(file), 0);
  const kib = (bytes) => (bytes / 1024).toFixed(1);
  console.log(`${entry}: script ${kib(script)} KiB gzipped, player ${kib(later)} KiB (lazy)`);
  if (entry === "index.html" && script > kBudgetBytes) tooBig = true;
}
if (tooBig) {
  console.error(`the viewer's script is over its budget of ${kBudgetBytes / 1024} KiB`);
  process.exit(1);
}
rmSync(new URL(".vite/", dist), { recursive: true });
