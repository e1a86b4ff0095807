import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useApi, useApiList } from '../api-client.ts';
import { RemovableChip } from '../design/chip.tsx';
import { PageHead } from '../design/section.tsx';
import { Sheet } from '../design/sheet.tsx';
import { quantity } from '../format.ts';
import { usePageTitle } from '../layout.tsx';
import { Breakdown } from './breakdown.tsx';
import { choicesOf, describeFilters } from './describe.ts';
import { FacetPanel } from './facets.tsx';
import './find.css';
import { FoundPeople, usePeople } from './found-people.tsx';
import { usePersonName } from './person-name.ts';
import { Results, Sorting } from './results.tsx';
import { facetsPath, titlesPath, useTitleQuery, type TitleQuery } from './title-query.ts';

const WIDE = '(min-width: 60rem)';

/** Results of a search with all filters. The URL holds the query. */
export function FindPage(): ReactNode {
  const query = useTitleQuery();
  const isWide = useIsWide();
  const results = useRef<HTMLElement>(null);
  // what is clicked disappears: move the focus to the results instead of the top of the page
  const focusResults = () => results.current?.focus({ preventScroll: true });
  const clear = () => {
    focusResults();
    query.clear();
  };
  return (
    <>
      <Heading query={query} onClear={clear} onRemove={focusResults} />
      <div className="find">
        {isWide ? (
          <section aria-label="Filters" className="find-filters">
            <FacetPanel query={query} />
          </section>
        ) : null}
        <aside className="find-aside" aria-label="More about the results">
          {query.q === '' ? null : <FoundPeople q={query.q} />}
          <Breakdown query={query} />
        </aside>
        <section aria-label="Results" className="find-results" ref={results} tabIndex={-1}>
          <Sorting query={query}>
            {isWide ? null : <FilterSheet query={query} onClear={clear} />}
          </Sorting>
          <Results query={query} onClear={clear} />
        </section>
      </div>
    </>
  );
}

function useIsWide(): boolean {
  const [isWide, setWide] = useState(() => matchMedia(WIDE).matches);
  useEffect(() => {
    const media = matchMedia(WIDE);
    const changed = () => setWide(media.matches);
    media.addEventListener('change', changed);
    return () => media.removeEventListener('change', changed);
  }, []);
  return isWide;
}

function Heading({
  query,
  onClear,
  onRemove,
}: {
  readonly query: TitleQuery;
  readonly onClear: () => void;
  /** Called before the button of a choice disappears. */
  readonly onRemove: () => void;
}): ReactNode {
  const { q } = query;
  const personName = usePersonName(query);
  const people = usePeople(q);
  const titles = useApiList('titles', titlesPath(query));
  const asked = describeFilters(query, personName);
  usePageTitle([q && `“${q}”`, asked].filter(Boolean).join(': ') || 'All titles');
  const isNothing = people?.length === 0 && titles.data?.pages[0]?.items.length === 0;
  const choices = choicesOf(query, personName);
  return (
    <PageHead
      title={
        q === '' ? asked || 'All titles' : `${isNothing ? 'No results' : 'Results'} for “${q}”`
      }
      kicker={q === '' ? undefined : asked || undefined}
    >
      {choices.length === 0 ? null : (
        <div className="chips" role="group" aria-label="Chosen filters">
          {choices.map(({ text, without }) => (
            <RemovableChip
              key={text}
              text={text}
              onRemove={() => {
                onRemove();
                query.change(without);
              }}
            />
          ))}
          {choices.length > 1 ? (
            <button type="button" className="quiet" onClick={onClear}>
              Clear all filters
            </button>
          ) : null}
        </div>
      )}
    </PageHead>
  );
}

/** On a phone the filters are a sheet above the results, which it counts. */
function FilterSheet({
  query,
  onClear,
}: {
  readonly query: TitleQuery;
  readonly onClear: () => void;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const { data } = useApi('facets', facetsPath(query));
  const chosen = Object.keys(query.filters).length;
  return (
    <>
      <button type="button" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Filters{chosen > 0 ? ` (${chosen})` : ''}
      </button>
      {isOpen ? (
        <Sheet
          title="Filters"
          onClose={() => setOpen(false)}
          footer={
            <>
              <button type="button" disabled={chosen === 0} onClick={onClear}>
                Clear all
              </button>
              <button type="button" className="primary" onClick={() => setOpen(false)}>
                {data === undefined || query.crossed.length > 0
                  ? 'Show titles'
                  : `Show ${data.exact ? '' : 'about '}${quantity(data.titles, 'title')}`}
              </button>
            </>
          }
        >
          <FacetPanel query={query} />
        </Sheet>
      ) : null}
    </>
  );
}
