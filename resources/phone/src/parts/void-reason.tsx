// Why a request became void; a reason that these words do not know yet goes by its own word.

import { visible } from "../words/visible.ts";
import { known } from "../words/words.ts";

export function VoidReason({ of }: { readonly of: string | null }) {
  if (of === null) return null;
  return <p class="muted">{known(`void.${of}`) ?? visible(of).replaceAll("_", " ")}</p>;
}
