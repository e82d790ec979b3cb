// Finds a QR code in a camera picture: by the phone itself where it can, else by zxing, loaded only then.

import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";

export type Detect = (video: HTMLVideoElement) => Promise<string | null>;

export async function detector(): Promise<Detect> {
  const own = await native().catch(() => null);
  return own === null ? zxing() : withFallback(own);
}

/** What the phone offers may lack what it needs, as on an Android without Google's services. */
function withFallback(own: Detect): Detect {
  let detect = own;
  return async (video) => {
    try {
      return await detect(video);
    } catch (error) {
      if (detect !== own) throw error;
      detect = await zxing();
      return null;
    }
  };
}

async function native(): Promise<Detect | null> {
  if (!("BarcodeDetector" in window)) return null;
  const formats = await BarcodeDetector.getSupportedFormats();
  if (!formats.includes("qr_code")) return null;
  const one = new BarcodeDetector({ formats: ["qr_code"] });
  return async (video) => (await one.detect(video))[0]?.rawValue ?? null;
}

async function zxing(): Promise<Detect> {
  const { prepareZXingModule, readBarcodes } = await import("zxing-wasm/reader");
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    if (context === null || video.videoWidth === 0) return null;
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    context.drawImage(video, 0, 0);
    const picture = context.getImageData(0, 0, canvas.width, canvas.height);
    const found = await readBarcodes(picture, { formats: ["QRCode"], maxNumberOfSymbols: 1 });
    return found[0]?.text ?? null;
  };
}
