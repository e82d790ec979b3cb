// Lets a piece of work run once at a time: asked for while it runs, it runs once more, since its answer may be older
// than what it was asked for.

export function again(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let more = false;
  return function run(): Promise<void> {
    more = running !== null;
    running ??= work()
      .catch(() => undefined)
      .finally(() => {
        running = null;
        if (more) void run();
      });
    return running;
  };
}
