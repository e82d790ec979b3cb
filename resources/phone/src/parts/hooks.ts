// What the screens share of Preact's ways: hearing the model, the seconds, and where the focus goes.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { followPermission, type Permission, type PermissionName } from "../device/permission.ts";
import { secondsLeft } from "../model/item.ts";
import type { Phone } from "../model/phone.ts";
import { clock } from "../net/clock.ts";
import { parseRoute, type Route } from "../route.ts";

/** Draws again at every change of the model, from the very first drawing on: a later effect would miss some. */
export function usePhone(phone: Phone): void {
  const [, draw] = useState(0);
  useLayoutEffect(() => phone.watch(() => draw((n) => n + 1)), [phone]);
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useLayoutEffect(() => {
    const moved = () => setHash(location.hash);
    window.addEventListener("hashchange", moved);
    return () => window.removeEventListener("hashchange", moved);
  }, []);
  return parseRoute(hash);
}

/** By the server's clock; it draws again when they change. */
export function useSecondsLeft(expiresAt: number): number {
  const left = () => secondsLeft(expiresAt, clock.now());
  const [, draw] = useState(left);
  useEffect(() => {
    const timer = setInterval(() => draw(left), 250);
    return () => clearInterval(timer);
  }, [expiresAt]);
  return left();
}

/** A new screen, or step, is announced by its heading, or its first sentence, which takes the focus. */
export function useHeading<E extends HTMLElement = HTMLHeadingElement>(of: string) {
  const heading = useRef<E>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [of]);
  return heading;
}

/** What matters now is brought into view: when it comes, and when large type or a keyboard moves it out again. */
export function useInView<E extends HTMLElement>(of: unknown) {
  const shown = useRef<E>(null);
  useEffect(() => {
    const element = shown.current;
    if (element === null) return undefined;
    const watch = new ResizeObserver(() => element.scrollIntoView({ block: "nearest" }));
    watch.observe(element);
    return () => watch.disconnect();
  }, [of]);
  return shown;
}

/** Whether the app is on the screen, and not behind another one. */
export function useVisible(): boolean {
  const visible = () => document.visibilityState === "visible";
  const [shown, setShown] = useState(visible);
  useEffect(() => {
    const changed = () => setShown(visible());
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  }, []);
  return shown;
}

/** True once something takes long enough for a person to notice. */
export function useSlow(): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return slow;
}

/** What is allowed now, wherever that is changed, and what looks again. */
export function usePermission(name: PermissionName): readonly [Permission, () => void] {
  const [state, setState] = useState<Permission>("ask");
  const [asked, setAsked] = useState(0);
  useEffect(() => followPermission(name, setState), [name, asked]);
  return [state, () => setAsked((n) => n + 1)];
}
