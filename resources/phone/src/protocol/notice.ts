// What the server tells about the account, sealed like a request but asking nothing.

import { type Bytes, join, label, utf8 } from "./bytes.ts";
import { parseCanonical } from "./canonical.ts";
import { text, time } from "./details.ts";
import { ProtocolError } from "./fault.ts";

export interface Notice {
  readonly id: string;
  readonly kind: string;
  readonly at: number;
  readonly action: string;
  readonly username: string;
  readonly deviceName: string;
  readonly application: string;
  readonly ip: string;
  /** The name of the phone it is about, empty where it is about none. */
  readonly phone: string;
}

export function noticeInfo(device: string, id: string): Bytes {
  return join(label("countersign/v1 notice"), utf8(`${device}/${id}`));
}

export function readNotice(bytes: Bytes, expectedId: string): Notice {
  const { v, id, kind, at, action, username, device_name, application, ip, phone } = parseCanonical(bytes);
  if (v !== 1) throw new ProtocolError("version");
  if (id !== expectedId) throw new ProtocolError("other_request");
  return {
    id: expectedId,
    kind: text(kind),
    at: time(at),
    action: text(action),
    username: text(username),
    deviceName: text(device_name),
    application: text(application),
    ip: text(ip),
    phone: phone === undefined ? "" : text(phone),
  };
}
