// The camera, until it sees one of our QR codes.

import { useEffect, useRef, useState } from "preact/hooks";

import { followPermission } from "../device/permission.ts";
import { platform } from "../device/platform.ts";
import { useInView, useVisible } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import { Top } from "../parts/top.tsx";
import { ProtocolError } from "../protocol/fault.ts";
import { type Code, parseCode } from "../protocol/qr.ts";
import { go } from "../route.ts";
import { CameraError, type CameraReason, closeCamera, openCamera } from "../scan/camera.ts";
import { detector } from "../scan/detector.ts";
import { t } from "../words/words.ts";

interface Props {
  /** Scanning instead of typing digits, and not to add an account. */
  readonly confirming: boolean;
  /** What is wrong with this code, or null where it is taken. */
  readonly onCode: (code: Code) => string | null;
}

/** Between two pictures, so that the phone stays cool. */
const PAUSE = 80;

export function ScanScreen({ confirming, onCode }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const [reason, setReason] = useState<CameraReason | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const problem = useInView<HTMLParagraphElement>(wrong);
  const taken = useRef(onCode);
  taken.current = onCode;
  const again = () => setAttempt((n) => n + 1);
  const looking = useVisible();

  // Nobody looks: no camera. Coming back is also reason to try again: not every browser tells what was changed in the
  // phone's settings, or by another app.
  useEffect(() => {
    const view = video.current;
    if (!looking || view === null) return undefined;
    const stop = new AbortController();
    const over = (why: CameraReason) => {
      if (stop.signal.aborted) return;
      stop.abort();
      setReason(why);
    };
    const told = {
      opened: () => setReason(null),
      ended: () => over("ended"),
      seen: (text: string) => setWrong(judged(text, taken.current)),
    };
    void watch(view, stop.signal, told).catch((error: unknown) => {
      over(error instanceof CameraError ? error.reason : "unreadable");
    });
    return () => stop.abort();
  }, [attempt, looking]);

  useEffect(() => {
    if (reason !== "denied") return undefined;
    return followPermission("camera", (state) => {
      if (state === "granted") again();
    });
  }, [reason]);

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
        {reason === "denied" && <p class="muted">{t(`phone.permission.unblock.${platform()}`)}</p>}
        {reason === null && wrong !== null && (
          <p class="problem" role="alert" ref={problem}>
            {wrong}
          </p>
        )}
      </main>
      <footer class="bottom">
        {reason !== null && (
          <button type="button" class="primary" onClick={again}>
            {t("phone.retry")}
          </button>
        )}
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

interface Told {
  readonly opened: () => void;
  /** Taken away by the phone, and not by us. */
  readonly ended: () => void;
  readonly seen: (text: string) => void;
}

async function watch(view: HTMLVideoElement, signal: AbortSignal, told: Told): Promise<void> {
  const stream = await openCamera();
  // At once, and not when the next picture is through: a video that gets none may wait for one without end.
  const close = () => closeCamera(stream);
  signal.addEventListener("abort", close);
  try {
    if (signal.aborted) return;
    for (const track of stream.getTracks()) track.addEventListener("ended", told.ended);
    told.opened();
    view.srcObject = stream;
    const [detect] = await Promise.all([detector(), view.play()]);
    while (!signal.aborted) {
      const text = await detect(view);
      if (text !== null && !signal.aborted) told.seen(text);
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  } finally {
    close();
  }
}
