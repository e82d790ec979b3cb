// The initials of an account's owner.

interface Props {
  readonly name: string;
  readonly quiet?: boolean;
}

function initials(name: string): string {
  const words = name.split(/[\s.@_-]+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toLocaleUpperCase() ?? "")
    .join("");
}

export function Avatar({ name, quiet = false }: Props) {
  return (
    <span class={quiet ? "avatar quiet" : "avatar"} aria-hidden="true">
      {initials(name)}
    </span>
  );
}
