// The notifications of this app that the phone still shows.

/** Takes those away that are about one of `ids`: nothing is left to open them for. */
export async function putAway(ids: ReadonlySet<string>): Promise<void> {
  if (ids.size === 0 || !("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.getRegistration();
  for (const shown of (await registration?.getNotifications?.()) ?? []) if (ids.has(shown.tag)) shown.close();
}
