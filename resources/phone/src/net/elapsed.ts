// How much time has passed: while a phone sleeps its steady clock stands still, and its date may be set back.

export interface Moment {
  readonly date: number;
  readonly steady: number;
}

export function moment(): Moment {
  return { date: Date.now(), steady: performance.now() };
}

/** Milliseconds, by the clock that has gone further. */
export function since({ date, steady }: Moment): number {
  return Math.max(Date.now() - date, performance.now() - steady);
}
