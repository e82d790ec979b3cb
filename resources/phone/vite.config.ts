// How the phone app is built: static files for one path of our server, nothing in them from anywhere else.

import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

import manifest from "./package.json" with { type: "json" };
import { appIcons } from "./plugins/app-icons.ts";
import { icons } from "./plugins/icons.ts";
import { shell } from "./plugins/shell.ts";
import { words } from "./plugins/words.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  base: "/phone/",
  define: { VERSION: JSON.stringify(manifest.version) },
  plugins: [words(), icons(), appIcons(), shell()],
  build: {
    outDir: process.env["COUNTERSIGN_PHONE_OUT"] ?? here("../built/phone"),
    emptyOutDir: true,
    target: ["es2022", "safari16.4", "chrome111"],
    // The content security policy takes files of our own server only, so nothing may become a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { app: here("index.html"), sw: here("src/worker/sw.ts") },
      // A service worker rules over the folder that it lies in, and is found again under the same name.
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
});
