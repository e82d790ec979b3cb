// The details of a request: read from the signed bytes, checked, and shown as they are.

import { type Bytes, join, label, unb64u, utf8 } from "./bytes.ts";
import { isObject, type Json, type JsonObject, parseCanonical } from "./canonical.ts";
import { ProtocolError } from "./fault.ts";

export type Kind = "authentication" | "management";

export interface Target {
  readonly type: string;
  readonly id: string;
  readonly name: string;
}

export interface Details {
  readonly id: string;
  readonly kind: Kind;
  readonly action: string;
  readonly title: string;
  readonly summary: string;
  readonly username: string;
  readonly deviceName: string;
  readonly application: string;
  readonly ip: string;
  readonly notices: readonly string[];
  readonly target: readonly Target[];
  readonly parameters: JsonObject;
  readonly consequence: string;
  readonly reason: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly codeDigits: 0 | 6;
  readonly answerKey: Bytes;
  /** Members that version 1 does not name: they are signed too, so they are shown too. */
  readonly more: JsonObject;
}

export function sealedInfo(device: string, id: string): Bytes {
  return join(label("countersign/v1 request"), utf8(`${device}/${id}`));
}

const NAMED = ["type", "id", "name"];
const ALWAYS_A_CODE =
  /^(administrator\..*|policy\.change|api_key\.create|origin\.retire|audit\.prune|rmm\.run_on_group)$/;

/** The server's policy may drop the code for single actions, but never for those that could undo the policy. */
export function codeDigits(digits: Json | undefined, kind: Kind, action: string): 0 | 6 {
  if (digits === 6) return 6;
  if (digits !== 0 || kind === "authentication" || ALWAYS_A_CODE.test(action)) throw new ProtocolError("code_missing");
  return 0;
}

export function readDetails(bytes: Bytes, expectedId: string): Details {
  const members = parseCanonical(bytes);
  const { v, kind, target, notices, parameters, code_digits, answer_key, ...rest } = members;
  if (v !== 1) throw new ProtocolError("version");
  if (rest["id"] !== expectedId) throw new ProtocolError("other_request");
  if (kind !== "authentication" && kind !== "management") throw new ProtocolError("malformed");
  if (!Array.isArray(target) || !Array.isArray(notices) || !isObject(parameters)) throw new ProtocolError("malformed");
  const {
    id,
    action,
    title,
    summary,
    username,
    device_name,
    application,
    ip,
    consequence,
    reason,
    created_at,
    expires_at,
    ...more
  } = rest;
  return {
    id: text(id),
    kind,
    action: text(action),
    title: text(title),
    summary: text(summary),
    username: text(username),
    deviceName: text(device_name),
    application: text(application),
    ip: text(ip),
    notices: notices.map(text),
    target: target.map(readTarget),
    parameters,
    consequence: text(consequence),
    reason: text(reason),
    createdAt: time(created_at),
    expiresAt: time(expires_at),
    codeDigits: codeDigits(code_digits, kind, text(action)),
    answerKey: unb64u(text(answer_key)),
    more: { ...more, ...unnamed(target) },
  };
}

/** The entries of the target that say more than version 1 names, whole. */
function unnamed(target: readonly Json[]): JsonObject {
  const strange = target.filter((each) => isObject(each) && Object.keys(each).some((name) => !NAMED.includes(name)));
  return strange.length === 0 ? {} : { target: strange };
}

function readTarget(value: Json): Target {
  if (!isObject(value)) throw new ProtocolError("malformed");
  return { type: text(value["type"]), id: text(value["id"]), name: text(value["name"]) };
}

export function text(value: Json | undefined): string {
  if (typeof value !== "string") throw new ProtocolError("malformed");
  return value;
}

export function time(value: Json | undefined): number {
  if (typeof value !== "number") throw new ProtocolError("malformed");
  return value;
}
