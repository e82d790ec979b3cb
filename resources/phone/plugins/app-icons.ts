// Draws the app's icon, a shield with a tick, as SVG and as the PNG files that home screens want.

import type { Plugin } from "vite";

import { png } from "./png.ts";

type Point = readonly [number, number];

// Lucide draws on 24 by 24; these are our own lines on the same paper.
const SHIELD: readonly (readonly Point[])[] = [
  [
    [12, 2.5],
    [14.6, 4.6],
    [17.2, 5.5],
    [20, 5.6],
  ],
  [
    [20, 5.6],
    [20, 8.4],
    [20, 10.4],
    [20, 12],
  ],
  [
    [20, 12],
    [20, 17],
    [16.5, 19.8],
    [12, 21.5],
  ],
  [
    [12, 21.5],
    [7.5, 19.8],
    [4, 17],
    [4, 12],
  ],
  [
    [4, 12],
    [4, 10.4],
    [4, 8.4],
    [4, 5.6],
  ],
  [
    [4, 5.6],
    [6.8, 5.5],
    [9.4, 4.6],
    [12, 2.5],
  ],
];
const TICK: readonly Point[] = [
  [8.4, 12],
  [11, 14.6],
  [15.8, 9.4],
];
const TICK_WIDTH = 1.9;
const ACCENT = [0x3b, 0x5b, 0xdb] as const;
const WHITE = [0xff, 0xff, 0xff] as const;
/** Samples in a row and in a column of a pixel. */
const FINE = 3;

function svg(): string {
  const first = SHIELD[0]?.[0] ?? [0, 0];
  const curves = SHIELD.map(
    (curve) =>
      `C${curve
        .slice(1)
        .map((point) => point.join(" "))
        .join(" ")}`,
  );
  const tick = TICK.map((point) => point.join(" ")).join("L");
  const round = 'stroke-linecap="round" stroke-linejoin="round"';
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">',
    `<path fill="#3b5bdb" d="M${first.join(" ")}${curves.join("")}Z"/>`,
    `<path fill="none" stroke="#fff" stroke-width="${TICK_WIDTH}" ${round} d="M${tick}"/>`,
    "</svg>\n",
  ].join("");
}

function flattened(steps: number): Point[] {
  return SHIELD.flatMap(([a = [0, 0], b = a, c = a, d = a]) =>
    Array.from({ length: steps }, (_, step): Point => {
      const t = step / steps;
      const at = (i: 0 | 1) =>
        (1 - t) ** 3 * a[i] + 3 * (1 - t) ** 2 * t * b[i] + 3 * (1 - t) * t ** 2 * c[i] + t ** 3 * d[i];
      return [at(0), at(1)];
    }),
  );
}

/** From where to where the shield reaches at this height: it has no holes and no bays. */
function span(outline: readonly Point[], y: number): Point {
  const crossings = outline.flatMap(([x1, y1], i) => {
    const [x2, y2] = outline[(i + 1) % outline.length] ?? [0, 0];
    return y1 > y === y2 > y ? [] : [x1 + ((x2 - x1) * (y - y1)) / (y2 - y1)];
  });
  return [Math.min(...crossings), Math.max(...crossings)];
}

function onTick(x: number, y: number): boolean {
  return TICK.slice(1).some(([x2, y2], i) => {
    const [x1, y1] = TICK[i] ?? [0, 0];
    const [dx, dy] = [x2 - x1, y2 - y1];
    const t = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)));
    return Math.hypot(x - x1 - t * dx, y - y1 - t * dy) <= TICK_WIDTH / 2;
  });
}

/** `part` is how much of the picture the shield takes: a mask cuts off the edges, so there it takes less. */
function drawn(size: number, part: number, filled: boolean): Buffer {
  const outline = flattened(12);
  const [shield, tick] = filled ? [WHITE, ACCENT] : [ACCENT, WHITE];
  const paper = (p: number) => ((p / size - 0.5) / part + 0.5) * 24;
  const sums = new Float32Array(size * size * 4);
  for (let row = 0; row < size * FINE; row++) {
    const y = paper((row + 0.5) / FINE);
    const [from, to] = span(outline, y);
    for (let column = 0; column < size * FINE; column++) {
      const x = paper((column + 0.5) / FINE);
      const inside = x >= from && x <= to;
      if (!inside && !filled) continue;
      const [red, green, blue] = !inside ? ACCENT : onTick(x, y) ? tick : shield;
      const at = (Math.floor(row / FINE) * size + Math.floor(column / FINE)) * 4;
      [red, green, blue, 255].forEach((value, i) => void (sums[at + i] = (sums[at + i] ?? 0) + value));
    }
  }
  return png(size, pixels(sums));
}

/** Averages over what was drawn in a pixel; its alpha says how much of it that was. */
function pixels(sums: Float32Array): Buffer {
  const samples = FINE * FINE;
  return Buffer.from(
    sums.map((sum, i) => (i % 4 === 3 ? sum / samples : (255 * sum) / Math.max(1, sums[i - (i % 4) + 3] ?? 1))),
  );
}

export function appIcons(): Plugin {
  return {
    name: "countersign-app-icons",
    generateBundle() {
      const emit = (fileName: string, source: string | Buffer) => this.emitFile({ type: "asset", fileName, source });
      emit("icons/icon.svg", svg());
      emit("icons/icon-192.png", drawn(192, 1, false));
      emit("icons/icon-512.png", drawn(512, 1, false));
      emit("icons/maskable-512.png", drawn(512, 0.7, true));
      emit("icons/apple-180.png", drawn(180, 0.68, true));
    },
  };
}
