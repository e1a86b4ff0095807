import type { ReactNode } from 'react';
import { useApiList, type ListItems } from '../api-client.ts';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { ShowMore } from '../title-list.tsx';
import { joinFacts, nameTypeLabel, languageName, regionName } from '../format.ts';

/** The alternative titles of a title, by region. */
export function Akas({ id }: { readonly id: string }): ReactNode {
  const list = useApiList('akas', `/titles/${id}/akas?limit=100`);
  if (list.isPending) return <Loading what="alternative titles" />;
  if (list.isLoadingError) return <ErrorMessage error={list.error} />;
  const akas = list.data.pages.flatMap(({ items }) => items);
  if (akas.length === 0) return null;
  const regions = [...Map.groupBy(akas, (aka) => regionName(aka.region))].sort(([a], [b]) =>
    a.localeCompare(b),
  );
  return (
    <section>
      <h2>Also known as</h2>
      <dl className="akas">
        {regions.map(([name, some]) => (
          <div key={name}>
            <dt>{name}</dt>
            {[
              ...new Map(some.map((aka) => [`${aka.title ?? ''}\n${noteOf(aka)}`, aka])).values(),
            ].map((aka) => (
              <dd key={aka.ordering}>
                {aka.title} <span className="muted">{noteOf(aka)}</span>
              </dd>
            ))}
          </div>
        ))}
      </dl>
      <ShowMore list={list} />
    </section>
  );
}

/** The note next to an alternative title. Titles that look alike are shown once. */
function noteOf({ language: code, types, attributes }: ListItems['akas']): string {
  return joinFacts(
    code && languageName(code),
    types?.map(nameTypeLabel).filter(Boolean).join(', '),
    attributes?.join(', '),
  );
}
