// The browser's own offer to install the app, kept until the person asks for it. Safari makes none.

interface InstallPrompt extends Event {
  prompt(): Promise<void>;
}

class Installing {
  #prompt: InstallPrompt | null = null;
  readonly #watchers = new Set<() => void>();

  /** At the very start: the browser offers it once, and early. */
  listen(): void {
    window.addEventListener("beforeinstallprompt", (event) => {
      event.preventDefault();
      this.#become(event as InstallPrompt);
    });
    window.addEventListener("appinstalled", () => this.#become(null));
  }

  get possible(): boolean {
    return this.#prompt !== null;
  }

  /** An offer serves once; after a refusal the browser makes another when it sees fit. */
  async install(): Promise<void> {
    const prompt = this.#prompt;
    this.#become(null);
    await prompt?.prompt();
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #become(prompt: InstallPrompt | null): void {
    this.#prompt = prompt;
    for (const watcher of [...this.#watchers]) watcher();
  }
}

export const installing = new Installing();
