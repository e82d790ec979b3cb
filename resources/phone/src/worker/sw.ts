// The service worker: keeps the app's own files for a start without network, and shows what a push says.

/// <reference lib="webworker" />

declare const self: ServiceWorkerGlobalScope;
export {};

const OURS = "countersign-";
const CACHE = `${OURS}__VERSION__`;
const FILES = JSON.parse("__FILES__") as readonly string[];
const SCOPE = "/phone/";
const API = `${SCOPE}api/`;

self.addEventListener("install", (event) => {
  const fresh = FILES.map((url) => new Request(url, { cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(takeOver());
});

/** Others at this origin have caches of their own. */
async function takeOver(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== CACHE);
  await Promise.all(names.map((name) => caches.delete(name)));
  await self.clients.claim();
}

// A new version waits until the app says that no request is open: nobody's screen changes under his finger.
self.addEventListener("message", (event) => {
  if (event.data === "update") event.waitUntil(self.skipWaiting());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  // What the API says is never kept: it is for now, and for the signed-in app alone.
  if (request.method !== "GET" || url.origin !== self.location.origin || url.pathname.startsWith(API)) return;
  const path = request.mode === "navigate" ? SCOPE : url.pathname;
  if (FILES.includes(path)) event.respondWith(kept(path, request));
});

async function kept(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}

/** Declarative Web Push (web_push 8030), which some systems show without asking us. */
interface Declared {
  readonly notification?: {
    readonly title?: string;
    readonly body?: string;
    readonly navigate?: string;
    readonly tag?: string;
  };
}

// Each push shows something, since a browser takes the permission back otherwise.
self.addEventListener("push", (event) => {
  const {
    title = "Countersign",
    body = "",
    navigate = SCOPE,
    tag = "countersign",
  } = declared(event.data).notification ?? {};
  event.waitUntil(
    self.registration.showNotification(title, { body, tag, data: navigate, icon: `${SCOPE}icons/icon-192.png` }),
  );
});

function declared(data: PushMessageData | null): Declared {
  try {
    return (data?.json() ?? {}) as Declared;
  } catch {
    return {};
  }
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(String(event.notification.data)));
});

/** To focus comes first: Android takes the tap as spent after anything else. Others at this origin have windows too. */
async function show(address: string): Promise<void> {
  const url = new URL(address, self.location.origin);
  if (url.origin !== self.location.origin || !url.pathname.startsWith(SCOPE)) return;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = windows.find((window) => new URL(window.url).pathname.startsWith(SCOPE));
  if (open === undefined) {
    await self.clients.openWindow(url.href);
    return;
  }
  await open.focus().catch(() => undefined); // where it may not come to the front, it shows the request all the same
  open.postMessage({ show: url.hash });
}
