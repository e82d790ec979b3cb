// Why a request became void, said once; a reason that these words do not know yet goes by its own word.

import { visible } from "../words/visible.ts";
import { type Key, known, t } from "../words/words.ts";

interface Props {
  readonly of: string | null;
  /** What follows from it. */
  readonly then: Key;
  /** What can be said where the reason is not known. */
  readonly otherwise: Key;
}

export function VoidReason({ of, then, otherwise }: Props) {
  if (of === null) return <p>{t(otherwise)}</p>;
  return (
    <>
      <p>{known(`void.${of}`) ?? visible(of).replaceAll("_", " ")}</p>
      <p>{t(then)}</p>
    </>
  );
}
