import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// Two pages, one build. The server maps `/` to index.html, `/host` to host.html, and serves the
// hashed files under /assets/ with a long cache time.
export default defineConfig({
  plugins: [svelte()],
  build: {
    target: "es2022",
    manifest: true, // read by scripts/check_size.mjs
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rollupOptions: { input: { viewer: "index.html", host: "host.html" } },
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
});
