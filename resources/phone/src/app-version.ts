// Installs the service worker, and lets a new version in only while no request is open.

import { parseRoute, type Route } from "./route.ts";

/** Where a notification may lead. */
const NOTIFIED: readonly Route["at"][] = ["request", "notices", "notice", "test"];
const URL_OF_WORKER = "/phone/sw.js";

function trusted(): string {
  const policy = window.trustedTypes?.createPolicy("countersign", { createScriptURL: (url) => url });
  return policy?.createScriptURL(URL_OF_WORKER) ?? URL_OF_WORKER;
}

export class AppVersion {
  #waiting: ServiceWorker | null = null;
  #replaced = false;

  async install(): Promise<void> {
    if (!("serviceWorker" in navigator)) return;
    let first = navigator.serviceWorker.controller === null;
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      this.#replaced = !first;
      first = false;
      this.settle();
    });
    navigator.serviceWorker.addEventListener("message", ({ data }: MessageEvent<{ show?: string }>) => {
      if (data.show !== undefined && NOTIFIED.includes(parseRoute(data.show).at)) location.hash = data.show;
    });
    // Without a certificate that the phone trusts there is none; the app works, but not without network.
    const registration = await navigator.serviceWorker.register(trusted()).catch(() => null);
    if (registration === null) return;
    this.#wait(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const worker = registration.installing;
      worker?.addEventListener("statechange", () => worker.state === "installed" && this.#wait(worker));
    });
  }

  /** Called at every change of place. */
  settle(): void {
    if (parseRoute(location.hash).at !== "home") return;
    if (this.#replaced) location.reload();
    else this.#waiting?.postMessage("update");
  }

  #wait(worker: ServiceWorker | null): void {
    if (worker === null || navigator.serviceWorker.controller === null) return;
    this.#waiting = worker;
    this.settle();
  }
}
