// What the person has allowed this app, followed while it is open: it is changed in the phone's settings, not here.

import { pushPermission } from "./push.ts";

export type Permission = "unsupported" | "ask" | "granted" | "blocked";
export type PermissionName = "notifications" | "camera";

const STATES = { prompt: "ask", granted: "granted", denied: "blocked" } as const;

/** Calls `told` now and at every change; what is returned ends that. */
export function followPermission(name: PermissionName, told: (state: Permission) => void): () => void {
  let status: PermissionStatus | null = null;
  let over = false;
  const tell = () => {
    if (!over) told(name === "notifications" ? pushPermission() : camera(status));
  };
  tell();
  // Not every browser can be asked about both; what is asked when the camera opens counts then.
  const asked = navigator.permissions?.query({ name: name as PermissionName & globalThis.PermissionName });
  void asked?.then(
    (found) => {
      status = found;
      found.addEventListener("change", tell);
      tell();
    },
    () => undefined,
  );
  document.addEventListener("visibilitychange", tell);
  return () => {
    over = true;
    status?.removeEventListener("change", tell);
    document.removeEventListener("visibilitychange", tell);
  };
}

function camera(status: PermissionStatus | null): Permission {
  if (navigator.mediaDevices === undefined) return "unsupported";
  return status === null ? "ask" : STATES[status.state];
}
