// Where the person is in the app: the part of the address behind `#`, so that the phone's back button works.

export type Route =
  | { readonly at: "home" }
  | { readonly at: "settings" }
  | { readonly at: "notices" }
  | { readonly at: "notice"; readonly id: string }
  /** The test notification was opened. */
  | { readonly at: "test"; readonly id: string }
  | { readonly at: "add" }
  | { readonly at: "paste"; readonly broken: boolean }
  | { readonly at: "scan"; readonly id: string | null }
  | { readonly at: "request"; readonly id: string };

const ID = "([A-Za-z0-9_-]{1,64})";
const SCAN = new RegExp(`^#/scan(?:/${ID})?$`);
/** Where a link leads that does not parse. */
const BROKEN = "#/paste/broken";
const REQUEST = new RegExp(`^#/request/${ID}$`);
const NOTICE = new RegExp(`^#/notices/${ID}$`);
const TEST = new RegExp(`^#/test/${ID}$`);

export function parseRoute(hash: string): Route {
  const scan = SCAN.exec(hash);
  if (scan !== null) return { at: "scan", id: scan[1] ?? null };
  const id = REQUEST.exec(hash)?.[1];
  if (id !== undefined) return { at: "request", id };
  const notice = NOTICE.exec(hash)?.[1];
  if (notice !== undefined) return { at: "notice", id: notice };
  const test = TEST.exec(hash)?.[1];
  if (test !== undefined) return { at: "test", id: test };
  if (hash === "#/settings") return { at: "settings" };
  if (hash === "#/notices") return { at: "notices" };
  if (hash === "#/add") return { at: "add" };
  if (hash === "#/paste" || hash === BROKEN) return { at: "paste", broken: hash === BROKEN };
  return { at: "home" };
}

function hashOf(route: Route): string {
  switch (route.at) {
    case "home":
      return "#/";
    case "request":
      return `#/request/${route.id}`;
    case "notice":
      return `#/notices/${route.id}`;
    case "test":
      return `#/test/${route.id}`;
    case "paste":
      return route.broken ? BROKEN : "#/paste";
    case "scan":
      return route.id === null ? "#/scan" : `#/scan/${route.id}`;
    default:
      return `#/${route.at}`;
  }
}

export function go(route: Route): void {
  const from = hashOf(parseRoute(location.hash));
  location.hash = hashOf(route);
  history.replaceState({ from }, "");
}

/** Without a step back to where one was: for screens that are over. Back, where one came from just there. */
export function goInstead(route: Route): void {
  const came = (history.state ?? {}) as { readonly from?: string };
  if (came.from === hashOf(route)) {
    history.replaceState(null, ""); // a second tap leads no further back
    history.back();
  } else {
    location.replace(hashOf(route));
    if (came.from !== undefined) history.replaceState(came, ""); // what stands here instead has the same step behind it
  }
}

/**
 * Takes the text of a code out of the address, at once, so that its secret stays neither there nor in the history.
 * Of a confirmation nothing is ever taken from an address.
 */
export function takeEnrolmentLink(): string | null {
  const text = location.href;
  const mark = location.hash.slice(0, 3);
  if (mark !== "#e=" && mark !== "#a=") return null;
  history.replaceState(null, "", "#/");
  return mark === "#e=" ? text : null;
}
