// Text that a person or a program chose: shown as it is, kept from reordering what stands around it.

import { Fragment } from "preact";

import { visible } from "../words/visible.ts";
import { type Key, template } from "../words/words.ts";

export function Said({ text }: { readonly text: string }) {
  return <bdi class="said">{visible(text)}</bdi>;
}

interface SentenceProps {
  readonly of: Key;
  readonly said: { readonly [name: string]: string };
}

/** A sentence of ours with such text in it. */
export function Sentence({ of, said }: SentenceProps) {
  const pieces = template(of).split(/\{(\w+)\}/);
  return (
    <>
      {pieces.map((piece, i) => (
        <Fragment key={i}>{i % 2 === 0 ? piece : <Said text={said[piece] ?? ""} />}</Fragment>
      ))}
    </>
  );
}
