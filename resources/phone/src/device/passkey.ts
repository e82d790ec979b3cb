// The phone's own authenticator: it signs only after its owner has unlocked it.

import { b64u, type Bytes, join } from "../protocol/bytes.ts";
import type { Passkey } from "./account.ts";
import { PasskeyError } from "./passkey-error.ts";
import { hasScreenLock } from "./platform.ts";

const ES256 = -7;
const PATIENCE = 120_000;

export interface Created extends Passkey {
  /** RegistrationResponseJSON. */
  readonly registration: object;
}

/** Call it straight from the tap: some browsers ask for the unlocking only then. */
export async function createPasskey(challenge: Bytes, userId: Bytes, userName: string): Promise<Created> {
  const credential = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        challenge,
        rp: { name: "Countersign" },
        user: { id: userId, name: userName, displayName: userName },
        pubKeyCredParams: [{ type: "public-key", alg: ES256 }],
        authenticatorSelection: {
          authenticatorAttachment: "platform",
          residentKey: "preferred",
          userVerification: "required",
        },
        attestation: "none",
        timeout: PATIENCE,
      },
    }),
  ).catch(unsure);
  const response = credential.response as AuthenticatorAttestationResponse;
  const spki = response.getPublicKey?.();
  if (!spki) throw new PasskeyError("unsupported");
  const registration = {
    ...wrapped(credential),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
  return { id: new Uint8Array(credential.rawId), cose: cose(new Uint8Array(spki)), registration };
}

/** An AuthenticationResponseJSON over `challenge`. Call it straight from the tap. */
export async function assertPasskey(challenge: Bytes, id: Bytes): Promise<object> {
  const credential = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        challenge,
        allowCredentials: [{ type: "public-key", id, transports: ["internal"] }],
        userVerification: "required",
        timeout: PATIENCE,
      },
    }),
  );
  const response = credential.response as AuthenticatorAssertionResponse;
  return {
    ...wrapped(credential),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: response.userHandle === null ? null : text(response.userHandle),
    },
  };
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (!("PublicKeyCredential" in window)) throw new PasskeyError("unsupported");
  try {
    const credential = await ask();
    if (credential instanceof PublicKeyCredential) return credential;
  } catch (error) {
    throw PasskeyError.of(error);
  }
  throw new PasskeyError("failed");
}

/** Safari tells a phone without a screen lock and an owner who cancels apart by this hint alone. */
async function unsure(error: unknown): Promise<never> {
  const cancelled = error instanceof PasskeyError && error.reason === "cancelled";
  throw cancelled && !(await hasScreenLock()) ? new PasskeyError("unsure", error) : error;
}

/** `toJSON()` of credentials is younger than the browsers that we take. */
function wrapped(credential: PublicKeyCredential): object {
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? "platform",
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function text(buffer: ArrayBuffer): string {
  return b64u(new Uint8Array(buffer));
}

/** CTAP2 writes an ES256 key in exactly one way; a P-256 key's SPKI ends with its two coordinates. */
function cose(spki: Bytes): Bytes {
  const head = Uint8Array.of(0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20);
  return join(head, spki.slice(-64, -32), Uint8Array.of(0x22, 0x58, 0x20), spki.slice(-32));
}
