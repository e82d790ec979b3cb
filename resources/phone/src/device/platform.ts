// What this phone is, as far as a browser tells: for a first suggestion of its name, and for the console's list.

export type Platform = "ios" | "android" | "other";

export function platform(): Platform {
  const agent = navigator.userAgent;
  if (/Android/.test(agent)) return "android";
  // An iPad calls itself a Mac, but no Mac has a touch screen.
  const touch = /Macintosh/.test(agent) && navigator.maxTouchPoints > 1;
  return touch || /iPhone|iPad|iPod/.test(agent) ? "ios" : "other";
}

export function suggestedName(): string {
  const agent = navigator.userAgent;
  if (/iPhone/.test(agent)) return "iPhone";
  if (platform() === "ios") return "iPad";
  const model = /Android [^;)]+; ([^;)]+?)(?: Build|[;)])/.exec(agent)?.[1];
  if (model !== undefined && model !== "K") return model.slice(0, 64);
  return platform() === "android" ? "Android phone" : "Phone";
}

/** A tab of Safari keeps another storage than the app on the home screen: keys made there would be lost to it. */
export function mustInstallFirst(): boolean {
  return "standalone" in navigator && navigator.standalone === false && platform() === "ios";
}

/** False: no screen lock is set. Chrome on iOS says so wrongly, so it is a hint and no reason to stop. */
export async function hasScreenLock(): Promise<boolean> {
  if (!("PublicKeyCredential" in window)) return false;
  return PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false);
}

/** Why this phone cannot make a passkey here; each reason has a sentence under `phone.passkey.`. */
export type Obstacle = "domain" | "unsupported" | "no_lock" | "unsure";

const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/i;

export async function passkeyObstacle(): Promise<Obstacle | null> {
  if (ADDRESS.test(location.hostname)) return "domain";
  if (!("PublicKeyCredential" in window)) return "unsupported";
  return (await hasScreenLock()) || platform() === "ios" ? null : "no_lock";
}
