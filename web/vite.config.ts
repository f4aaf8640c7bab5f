import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// Three pages, two builds. The server maps `/` to index.html, `/host` and `/topology` to theirs,
// and serves the hashed files under /assets/ with a long cache time. The operators' page is a build
// of its own (mode "operator"): what it shares with the others would make theirs larger.
export default defineConfig(({ mode }) => {
  const operator = mode === "operator";
  const input: Record<string, string> = operator
    ? { topology: "topology.html" }
    : { viewer: "index.html", host: "host.html" };
  return {
    plugins: [svelte()],
    build: {
      target: "es2022",
      manifest: operator ? ".vite/operator.json" : ".vite/manifest.json", // for check_size.mjs
      emptyOutDir: !operator,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 700,
      rollupOptions: { input },
    },
    server: {
      // `npm run dev` beside a running `vitrine demo` on its default port.
      proxy: Object.fromEntries(
        ["/v1", "/media", "/tiles", "/demo", "/healthz"].map((path) => [
          path,
          { target: "http://127.0.0.1:8080", ws: path === "/v1" },
        ]),
      ),
    },
  };
});
