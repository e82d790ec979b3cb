// What the server says about itself to anybody: which push key it has, and which phones it takes.

import { type Bytes, unb64u } from "../protocol/bytes.ts";
import { ProtocolError } from "../protocol/fault.ts";
import { call, jsonOf } from "./call.ts";
import { clock } from "./clock.ts";

const VERSION = 1;

export interface Server {
  readonly pushKey: Bytes;
  /** Whether a phone without a passkey may enrol. */
  readonly pin: boolean;
}

export async function askServer(): Promise<Server> {
  const told = await jsonOf<{ version: number; push_key: string; pin?: boolean; now: number }>(
    await call("GET", "/server"),
  );
  if (told.version !== VERSION) throw new ProtocolError("version");
  clock.hear(told.now);
  return { pushKey: unb64u(told.push_key), pin: told.pin === true };
}
