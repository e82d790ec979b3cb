// Something that is on or off at once, without a button to save it.

interface Props {
  readonly on: boolean;
  readonly text: string;
  /** What it means, where its name does not say so. */
  readonly means: string;
  readonly disabled?: boolean;
  readonly onChange: (on: boolean) => void;
}

export function Switch({ on, text, means, disabled = false, onChange }: Props) {
  return (
    <label class="switch">
      <span class="lines">
        <span>{text}</span>
        {means !== "" && <span class="muted">{means}</span>}
      </span>
      <input
        type="checkbox"
        role="switch"
        checked={on}
        disabled={disabled}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
    </label>
  );
}
