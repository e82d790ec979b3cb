// Keeps of the shared translations only what the phone says.

import type { Plugin } from "vite";

export const PREFIXES = ["phone.", "action.", "choice.", "kind.", "status.", "void."];

export function words(): Plugin {
  return {
    name: "countersign-words",
    enforce: "pre",
    transform(code, id) {
      if (!/\/translations\/\w+\.json$/.test(id)) return null;
      const all = Object.entries(JSON.parse(code) as Record<string, string>);
      return JSON.stringify(
        Object.fromEntries(all.filter(([key]) => PREFIXES.some((prefix) => key.startsWith(prefix)))),
      );
    },
  };
}
