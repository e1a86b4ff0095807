import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Tile } from './tile.tsx';

/** A person in a list: initials, name and a note about them. */
export function PersonRow({
  nconst,
  name,
  note,
}: {
  readonly nconst: string;
  readonly name: string | null;
  readonly note?: ReactNode;
}): ReactNode {
  return (
    <li className="person-row">
      <Tile text={name} shape="person" />
      <div>
        <Link href={`/name/${nconst}`}>{name ?? nconst}</Link>
        {note === undefined ? null : <p className="muted">{note}</p>}
      </div>
    </li>
  );
}
