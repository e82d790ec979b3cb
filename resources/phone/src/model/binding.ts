// The request that turns two-factor on names this phone's keys: the phone checks that they are its own.

import type { Account } from "../device/account.ts";
import { b64u } from "../protocol/bytes.ts";
import { isObject } from "../protocol/canonical.ts";
import type { Details } from "../protocol/details.ts";
import { ProtocolError } from "../protocol/fault.ts";

/** `device.change` is shown by the old phone and names the new one's keys: there a person compares the digits. */
export function checkBinding({ action, parameters }: Details, account: Account): void {
  if (action !== "two_factor.enable") return;
  const { enrolment, dsk, dhk, credential, origin, sas } = parameters;
  const { passkey } = account;
  const sameCredential =
    passkey === null
      ? credential === null
      : isObject(credential) &&
        credential["id"] === b64u(passkey.id) &&
        credential["cose"] === b64u(passkey.cose);
  const own =
    dsk === b64u(account.dsk.public) &&
    dhk === b64u(account.dhk.public) &&
    sameCredential &&
    origin === account.origin &&
    // Both are forgotten once the device is active; by then the request is history.
    (account.binding === null || (enrolment === account.binding.enrolment && sas === account.binding.sas));
  if (!own) throw new ProtocolError("other_keys");
}
