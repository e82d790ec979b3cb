// RFC 8785 canonical JSON, as far as the protocol uses it: ASCII keys, integers.

import { type Bytes, textOf, utf8, equal } from "./bytes.ts";
import { ProtocolError } from "./fault.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function canonical(value: Json): string {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new ProtocolError("not_canonical");
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  if (members.some(([key]) => !/^[\x20-\x7e]*$/.test(key))) throw new ProtocolError("not_canonical");
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`;
}

export function parseObject(bytes: Bytes): JsonObject {
  const text = textOf(bytes);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw new ProtocolError("malformed");
  }
  if (!isObject(value)) throw new ProtocolError("malformed");
  return value;
}

/** Anything written in a second way (a repeated key, a float, other white space) could be read in a second way too. */
export function parseCanonical(bytes: Bytes): JsonObject {
  const value = parseObject(bytes);
  if (!equal(utf8(canonical(value)), bytes)) throw new ProtocolError("not_canonical");
  return value;
}
