// Prints what a viewer downloads before the page works, gzipped, and fails above the budget. The
// player (hls.js) is a chunk of its own, loaded after the page is usable, and counted apart.
import { readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";

const kBudgets = { "index.html": 150 * 1024, "topology.html": 60 * 1024 };
const dist = new URL("../dist/", import.meta.url);
const manifestOf = (name) =>
  JSON.parse(readFileSync(new URL(`.vite/${name}.json`, dist), "utf8"));
const manifests = {
  "index.html": manifestOf("manifest"),
  "host.html": manifestOf("manifest"),
  "topology.html": manifestOf("operator"),
};

const sizeOf = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

// Files an entry needs at once; dynamic imports are followed only when `lazy` is set.
function filesOf(manifest, entry, lazy, seen = new Set()) {
  const chunk = manifest[entry];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const next of chunk.imports ?? []) filesOf(manifest, next, lazy, seen);
  if (lazy) for (const next of chunk.dynamicImports ?? [])
    filesOf(manifest, next, lazy, seen);
  return seen;
}

let tooBig = false;
for (const [entry, manifest] of Object.entries(manifests)) {
  const first = filesOf(manifest, entry, false);
  const player = [...filesOf(manifest, entry, true)].filter((file) => !first.has(file));
  const script = [...first].reduce((sum, file) => sum + sizeOf(file), 0);
  const later = player.reduce((sum, file) => sum + sizeOf(file), 0);
  const kib = (bytes) => (bytes / 1024).toFixed(1);
  const lazy = later > 0 ? `, player ${kib(later)} KiB (lazy)` : "";
  console.log(`${entry}: script ${kib(script)} KiB gzipped${lazy}`);
  if (script <= (kBudgets[entry] ?? Infinity)) continue;
  tooBig = true;
  console.error(`${entry}: its script is over its budget of ${kBudgets[entry] / 1024} KiB`);
}
if (tooBig) process.exit(1);
rmSync(new URL(".vite/", dist), { recursive: true });
