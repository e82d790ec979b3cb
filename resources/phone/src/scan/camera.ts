// The back camera, and what can keep it from being of use: each reason has a sentence under `phone.camera.`.

/** It does not open, for the first four; it has `ended`; or nothing here reads a code from what it sees. */
export type CameraReason = "denied" | "none" | "busy" | "failed" | "ended" | "unreadable";

const REASONS: { readonly [name: string]: CameraReason } = {
  NotAllowedError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
};

export class CameraError extends Error {
  readonly reason: CameraReason;

  constructor(error: unknown) {
    super("the camera does not open", { cause: error });
    this.name = "CameraError";
    this.reason = (error instanceof Error ? REASONS[error.name] : undefined) ?? "failed";
  }
}

export async function openCamera(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
    });
  } catch (error) {
    throw new CameraError(error);
  }
}

export function closeCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
