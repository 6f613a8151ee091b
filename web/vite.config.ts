import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    sourcemap: false,
    // Inlined files become data: URLs, which `font-src 'self'` refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: ["index.html", "planner.html", "wall.html"] },
    // MapLibre alone is 1.1 MB (0.3 MB compressed); it is one file on purpose.
    chunkSizeWarningLimit: 1500,
  },
  test: { include: ["test/unit/**/*.test.ts"], environment: "node" },
});
