// A list that is read page by page, newest first, while it grows at the top.

interface Named {
  readonly id: string;
}

/** Pages that were read earlier stay, where the new first one still joins them. */
export function renewed<T extends Named>(before: readonly T[], first: readonly T[]): readonly T[] {
  const joint = before.findIndex(({ id }) => id === first.at(-1)?.id);
  return joint < 0 ? first : continued(first, before.slice(joint + 1));
}

/** An older page comes behind, without what is there already. */
export function continued<T extends Named>(before: readonly T[], older: readonly T[]): readonly T[] {
  const listed = new Set(before.map(({ id }) => id));
  return [...before, ...older.filter(({ id }) => !listed.has(id))];
}
