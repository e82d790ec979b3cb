// Tells the service worker which files make up the app, and under which version it keeps them.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

import type { Plugin } from "vite";

const WORKER = "sw.js";

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((name) => name !== WORKER)
    .sort();
}

/** Written when all files are there, the copied ones too. */
export function shell(): Plugin {
  let base = "/";
  return {
    name: "countersign-shell",
    configResolved: (config) => void (base = config.base),
    writeBundle({ dir }) {
      if (dir === undefined) throw new Error("the build has no folder");
      const worker = join(dir, WORKER);
      const code = readFileSync(worker, "utf8");
      const digest = createHash("sha256").update(code);
      const names = files(dir);
      for (const name of names) digest.update(name).update(readFileSync(join(dir, name)));
      const urls = names.map((name) => base + (name === "index.html" ? "" : name));
      const known = code
        .replace("__VERSION__", digest.digest("hex").slice(0, 16))
        .replace(/["'`]__FILES__["'`]/, JSON.stringify(JSON.stringify(urls)));
      if (known === code || known.includes("__FILES__"))
        throw new Error("the service worker has no place for its files");
      writeFileSync(worker, known);
    },
  };
}
