import type { Crew } from '@marquee/contract';
import { useState, type ReactNode } from 'react';
import { useApiList, type ApiResponses } from '../api-client.ts';
import { PersonRow } from '../design/person-row.tsx';
import { Section } from '../design/section.tsx';
import { count } from '../format.ts';
import { ShowMore } from '../title-list.tsx';
import { creditedRoles, type CreditedRole } from './people.ts';

/** People of a role that are shown at first. */
const SHOWN = 12;

/**
 * Cast and crew of a title by role, the cast first.
 *
 * @param first the first page of credits, which comes with the title
 * @param crew directors and writers, which the head of the page names
 */
export function Credits({
  id,
  first,
  crew,
}: {
  readonly id: string;
  readonly first: ApiResponses['credits'];
  readonly crew: Crew | undefined;
}): ReactNode {
  const list = useApiList('credits', `/titles/${id}/credits?limit=200`, first);
  const credits = list.data?.pages.flatMap(({ items }) => items) ?? first.items;
  const roles = creditedRoles(credits, crew);
  if (roles.length === 0) return null;
  return (
    <Section title="Cast and crew">
      <div className="roles">
        {roles.map((role) => (
          <Role key={role.role} role={role} />
        ))}
      </div>
      <ShowMore list={list} />
    </Section>
  );
}

function Role({ role: { role, people } }: { readonly role: CreditedRole }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? people : people.slice(0, SHOWN);
  return (
    <div>
      <h3>{role}</h3>
      <ul className="people">
        {shown.map(({ nconst, primaryName, note }) => (
          <PersonRow
            key={nconst}
            nconst={nconst}
            name={primaryName}
            note={note === '' ? undefined : note}
          />
        ))}
      </ul>
      {shown.length < people.length ? (
        <button type="button" className="quiet" onClick={() => setOpen(true)}>
          Show all {count(people.length)}
        </button>
      ) : null}
    </div>
  );
}
