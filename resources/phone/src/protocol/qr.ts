// The texts of our QR codes: one opens the app, one enrols this phone, and one confirms a request.

import { type Bytes, textOf, unb64u } from "./bytes.ts";
import { ProtocolError } from "./fault.ts";

export interface EnrolmentCode {
  readonly kind: "enrolment";
  readonly origin: string;
  readonly passwordRequired: boolean;
  readonly eid: Bytes;
  readonly secret: Bytes;
  readonly fp: Bytes;
  readonly exp: number;
  readonly box: Bytes;
}

export interface ConfirmationCode {
  readonly kind: "confirmation";
  readonly origin: string;
  readonly id: string;
  readonly secret: Bytes;
}

/** The app's own address, which the console shows first: the phone's camera takes it, here it leads nowhere. */
export interface AppCode {
  readonly kind: "app";
  readonly origin: string;
}

export type Code = EnrolmentCode | ConfirmationCode | AppCode;

const LONGEST = 400;
const VERSION = 1;
const PASSWORD_REQUIRED = 0x01;
const SECRET = 16;
const TAG = 16;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Also as it stands in the address of the open app, with the place where one is. */
const APP = /^(https?:\/\/[^/?#]{1,92})\/phone\/?(?:#(?:\/.*)?)?$/;
const CODE = /^(https?:\/\/[^/?#]{1,92})\/phone\/#([ea])=([A-Za-z0-9_-]+)$/;

export function parseCode(text: string): Code {
  if (text.length > LONGEST) throw new ProtocolError("not_a_code");
  const app = APP.exec(text)?.[1];
  if (app !== undefined && isOrigin(app)) return { kind: "app", origin: app };
  const [, origin, mark, payload] = CODE.exec(text) ?? [];
  if (!origin || !payload || !isOrigin(origin)) throw new ProtocolError("not_a_code");
  const bytes = decoded(payload);
  if (bytes[0] !== VERSION) throw new ProtocolError("version");
  return mark === "e" ? enrolment(origin, bytes) : confirmation(origin, bytes);
}

function enrolment(origin: string, bytes: Bytes): EnrolmentCode {
  const flags = bytes[1] ?? 0;
  if (bytes.length <= 86 + TAG || flags > PASSWORD_REQUIRED) throw new ProtocolError("not_a_code");
  return {
    kind: "enrolment",
    origin,
    passwordRequired: flags === PASSWORD_REQUIRED,
    eid: bytes.slice(2, 18),
    secret: bytes.slice(18, 50),
    fp: bytes.slice(50, 82),
    exp: new DataView(bytes.buffer).getUint32(82),
    box: bytes.slice(86),
  };
}

function confirmation(origin: string, bytes: Bytes): ConfirmationCode {
  const end = 2 + (bytes[1] ?? 0);
  if (bytes.length !== end + SECRET) throw new ProtocolError("not_a_code");
  const id = textOf(bytes.slice(2, end));
  if (!ID.test(id)) throw new ProtocolError("not_a_code");
  return { kind: "confirmation", origin, id, secret: bytes.slice(end) };
}

function decoded(payload: string): Bytes {
  try {
    return unb64u(payload);
  } catch {
    throw new ProtocolError("not_a_code");
  }
}

/** Exactly as a browser writes it, so that comparing it with the page's own origin is comparing two texts. */
function isOrigin(text: string): boolean {
  try {
    return new URL(text).origin === text;
  } catch {
    return false;
  }
}
