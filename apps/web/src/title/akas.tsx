import type { ReactNode } from 'react';
import { useList, type Lists } from '../answers.ts';
import { Failure, Loading } from '../states.tsx';
import { More } from '../title-list.tsx';
import { facts, kindOfName, language, region } from '../wording.ts';

/** The other names of a title, by country. */
export function Akas({ id }: { readonly id: string }): ReactNode {
  const list = useList('akas', `/titles/${id}/akas?limit=100`);
  if (list.isPending) return <Loading what="other names" />;
  if (list.isLoadingError) return <Failure error={list.error} />;
  const akas = list.data.pages.flatMap(({ items }) => items);
  if (akas.length === 0) return null;
  const regions = [...Map.groupBy(akas, (aka) => region(aka.region))].sort(([a], [b]) =>
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
      <More list={list} />
    </section>
  );
}

/** What is shown beside a name; names that differ in nothing shown stand there once. */
function noteOf({ language: code, types, attributes }: Lists['akas']): string {
  return facts(
    code && language(code),
    types?.map(kindOfName).filter(Boolean).join(', '),
    attributes?.join(', '),
  );
}
