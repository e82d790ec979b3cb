// The camera, until it sees one of our two QR codes.

import { useEffect, useRef, useState } from "preact/hooks";

import { Icon } from "../parts/icon.tsx";
import { Top } from "../parts/top.tsx";
import { ProtocolError } from "../protocol/fault.ts";
import { type ConfirmationCode, type EnrolmentCode, parseCode } from "../protocol/qr.ts";
import { go } from "../route.ts";
import { CameraError, type CameraReason, closeCamera, openCamera } from "../scan/camera.ts";
import { detector } from "../scan/detector.ts";
import { t } from "../words/words.ts";

interface Props {
  /** Scanning instead of typing digits, and not to add an account. */
  readonly confirming: boolean;
  /** What is wrong with this code, or null where it is taken. */
  readonly onCode: (code: EnrolmentCode | ConfirmationCode) => string | null;
}

/** Between two pictures, so that the phone stays cool. */
const PAUSE = 80;

export function ScanScreen({ confirming, onCode }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const [reason, setReason] = useState<CameraReason | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const taken = useRef(onCode);
  taken.current = onCode;

  useEffect(() => {
    const stop = new AbortController();
    const view = video.current;
    if (view !== null) {
      void watch(view, stop.signal, (text) => setWrong(judged(text, taken.current))).catch((error: unknown) => {
        if (!stop.signal.aborted) setReason(error instanceof CameraError ? error.reason : "failed");
      });
    }
    return () => stop.abort();
  }, []);

  return (
    <div class="screen scan">
      <Top title={t(confirming ? "phone.scan.confirm" : "phone.scan.title")} onBack={() => history.back()} />
      <main>
        <div class="viewfinder" hidden={reason !== null}>
          <video ref={video} muted playsInline aria-label={t("phone.scan.picture")} />
          <span class="frame" aria-hidden="true" />
        </div>
        {reason === null ? (
          <p>{t(confirming ? "phone.scan.point_confirm" : "phone.scan.point")}</p>
        ) : (
          <p role="alert">{t(`phone.camera.${reason}`)}</p>
        )}
        {reason === null && wrong !== null && (
          <p class="problem" role="alert">
            {wrong}
          </p>
        )}
      </main>
      <footer class="bottom">
        {confirming ? (
          <button type="button" class="plain" onClick={() => history.back()}>
            {t("phone.scan.type")}
          </button>
        ) : (
          <button type="button" class="plain" onClick={() => go({ at: "paste", broken: false })}>
            <Icon name="link" size={20} />
            {t("phone.welcome.paste")}
          </button>
        )}
      </footer>
    </div>
  );
}

function judged(text: string, take: Props["onCode"]): string | null {
  try {
    return take(parseCode(text));
  } catch (error) {
    if (error instanceof ProtocolError) return t(`phone.fault.${error.fault}`);
    throw error;
  }
}

async function watch(view: HTMLVideoElement, signal: AbortSignal, seen: (text: string) => void): Promise<void> {
  const stream = await openCamera();
  try {
    if (signal.aborted) return;
    view.srcObject = stream;
    const [detect] = await Promise.all([detector(), view.play()]);
    while (!signal.aborted) {
      const text = await detect(view);
      if (text !== null && !signal.aborted) seen(text);
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  } finally {
    closeCamera(stream);
  }
}
