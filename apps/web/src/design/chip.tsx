import type { ReactNode } from 'react';
import { Link } from 'wouter';

/** A link in a pill, such as a genre, with a figure. */
export function ChipLink({
  href,
  children,
  figure,
}: {
  readonly href: string;
  readonly children: ReactNode;
  readonly figure?: string;
}): ReactNode {
  return (
    <Link href={href} className="chip">
      {children}
      {figure === undefined ? null : <small>{figure}</small>}
    </Link>
  );
}

/** A chosen value as a button that removes it. */
export function RemovableChip({
  text,
  onRemove,
}: {
  readonly text: string;
  readonly onRemove: () => void;
}): ReactNode {
  return (
    <button
      type="button"
      className="chip chosen removable"
      aria-label={`Remove: ${text}`}
      onClick={onRemove}
    >
      {text}
    </button>
  );
}
