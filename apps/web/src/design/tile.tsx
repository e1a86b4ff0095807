import type { ReactNode } from 'react';
import { initialsOf } from './initials.ts';

/**
 * Initials in place of a picture: a title in the colour of its type, which an ancestor of class
 * `hued` sets, and a person in a circle. Decoration for screen readers: the name is beside it.
 */
export function Tile({
  text,
  shape = 'title',
  size = 'small',
}: {
  readonly text: string | null;
  readonly shape?: 'title' | 'person';
  readonly size?: 'small' | 'large';
}): ReactNode {
  return (
    <span className={`tile ${shape} ${size}`} aria-hidden="true">
      {initialsOf(text)}
    </span>
  );
}
