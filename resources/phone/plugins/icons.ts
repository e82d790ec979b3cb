// Gives the app the few Lucide icons that it shows, as data: markup would need a way round the content security policy.

import { createRequire } from "node:module";

import type { Plugin } from "vite";

import { ICON_NAMES } from "../src/parts/icon-names.ts";

const ID = "virtual:icons";
const STROKE = 1.75;

type Nodes = Record<string, [string, Record<string, string>][]>;

export function icons(): Plugin {
  return {
    name: "countersign-icons",
    resolveId: (id) => (id === ID ? `\0${ID}` : null),
    load(id) {
      if (id !== `\0${ID}`) return null;
      const all = createRequire(import.meta.url)("lucide-static/icon-nodes.json") as Nodes;
      const chosen = ICON_NAMES.map((name) => {
        const nodes = all[name];
        if (nodes === undefined) throw new Error(`Lucide has no icon ${name}`);
        return [name, nodes] as const;
      });
      return `export const STROKE = ${STROKE}; export const ICONS = ${JSON.stringify(Object.fromEntries(chosen))};`;
    },
  };
}
