// One call of the server's phone API, and the ways in which it fails.

import type { Bytes } from "../protocol/bytes.ts";
import type { Json } from "../protocol/canonical.ts";

const API = `${location.origin}/phone/api/v1`;
const PATIENCE = 15_000;

/** The server's refusal, as `application/problem+json` tells it. */
export class Problem extends Error {
  readonly status: number;
  readonly members: { readonly [name: string]: unknown };

  constructor(status: number, members: { readonly [name: string]: unknown }) {
    super(`${status} ${String(members["code"] ?? "")}`);
    this.name = "Problem";
    this.status = status;
    this.members = members;
  }

  /** The server's word for it; empty where somebody in between has answered. */
  get code(): string {
    const { code } = this.members;
    return typeof code === "string" ? code : "";
  }

  get attemptsLeft(): number | null {
    const left = this.members["attempts_left"];
    return typeof left === "number" ? left : null;
  }
}

/** No answer came: nothing is known about what the server did. */
export class Offline extends Error {
  constructor(cause: unknown) {
    super("no answer from the server", { cause });
    this.name = "Offline";
  }
}

export interface Call {
  readonly token?: string;
  readonly json?: Json;
  readonly bytes?: Bytes;
  /** Given for the event stream, which has no end: without it, a call ends after fifteen seconds. */
  readonly signal?: AbortSignal;
}

export type Method = "GET" | "POST" | "PUT" | "DELETE";

export async function call(method: Method, path: string, options: Call = {}): Promise<Response> {
  const { token, json, bytes, signal } = options;
  const headers = new Headers();
  if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
  if (json !== undefined) headers.set("Content-Type", "application/json");
  if (bytes !== undefined) headers.set("Content-Type", "application/octet-stream");
  const response = await fetch(API + path, {
    method,
    headers,
    body: bytes ?? (json === undefined ? null : JSON.stringify(json)),
    signal: signal ?? AbortSignal.timeout(PATIENCE),
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    referrerPolicy: "no-referrer",
  }).catch((error: unknown) => {
    throw new Offline(error);
  });
  if (!response.ok) throw new Problem(response.status, await members(response));
  return response;
}

/** A proxy in between answers in its own format: then the status has to do. */
async function members(response: Response): Promise<{ readonly [name: string]: unknown }> {
  const parsed: unknown = await response.json().catch(() => null);
  return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
}

export async function jsonOf<T>(response: Response): Promise<T> {
  return (await response.json().catch((error: unknown) => {
    throw new Offline(error);
  })) as T;
}

export async function bytesOf(response: Response): Promise<Bytes> {
  const buffer = await response.arrayBuffer().catch((error: unknown) => {
    throw new Offline(error);
  });
  return new Uint8Array(buffer);
}
