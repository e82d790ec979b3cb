// What this app may count on beyond the compiler's own libraries.

/** Not in TypeScript's DOM library, since not every browser has it. */
interface Detected {
  readonly rawValue: string;
}

declare class BarcodeDetector {
  constructor(options: { readonly formats: readonly string[] });
  static getSupportedFormats(): Promise<string[]>;
  detect(source: HTMLVideoElement): Promise<Detected[]>;
}

/** Safari on iOS. */
interface Navigator {
  readonly standalone?: boolean;
}

interface TrustedTypePolicy {
  createScriptURL(url: string): string;
}

interface Window {
  readonly trustedTypes?: {
    createPolicy(name: string, rules: { createScriptURL(url: string): string }): TrustedTypePolicy;
  };
}

declare module "virtual:icons" {
  /** Lucide's pictures, as element names and attributes. */
  export const ICONS: Readonly<Record<string, readonly (readonly [string, Readonly<Record<string, string>>])[]>>;
  export const STROKE: number;
}

declare const VERSION: string;
