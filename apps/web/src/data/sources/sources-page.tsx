import type { Source } from '@marquee/contract';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useApi } from '../../api-client.ts';
import { PageHead } from '../../design/section.tsx';
import { ErrorMessage, Loading } from '../../feedback.tsx';
import { date, joinFacts, quantity } from '../../format.ts';
import { usePageTitle } from '../../layout.tsx';
import { SOURCES_PATH } from '../../sources.ts';
import { DataNav } from '../data-nav.tsx';
import '../data.css';
import { MatchBar } from '../match-bar.tsx';
import './sources.css';

/** Room of a source in the list, in rem. */
const ROW_REM = 6;
const EXPECTED = 8;

/** All sources: how many records each has, and how many of them are matched. */
export function SourcesPage(): ReactNode {
  usePageTitle('Sources');
  const sources = useApi('sources', SOURCES_PATH, { live: true });
  return (
    <>
      <DataNav />
      <PageHead title="Sources">
        <p className="muted">
          Who tells of movies besides IMDb. Deliver a file to one, and its records are matched and
          merged. A source of your own needs a definition: <code>docs/sources.md</code> shows how.
        </p>
      </PageHead>
      {sources.isPending ? <Loading what="the sources" room={`${ROW_REM * EXPECTED}rem`} /> : null}
      {sources.isLoadingError ? <ErrorMessage error={sources.error} /> : null}
      <ul className="source-list">
        {sources.data?.items.map((source) => (
          <SourceRow key={source.id} source={source} />
        ))}
      </ul>
    </>
  );
}

function SourceRow({ source }: { readonly source: Source }): ReactNode {
  const { id, name, records, matches, rejects, lastDelivery, attribution, origin } = source;
  return (
    <li>
      <div>
        <h2>
          <Link href={`/data/sources/${id}`}>{name}</Link>
        </h2>
        <p className="muted">{attribution}</p>
      </div>
      <div>
        <p>
          <b>{quantity(records, origin === 'published' ? 'title' : 'record')}</b>{' '}
          <span className="muted">
            {joinFacts(
              rejects > 0 && `${quantity(rejects, 'row')} left out`,
              lastDelivery !== null && `last delivery ${date(lastDelivery.receivedAt)}`,
              origin !== 'published' && lastDelivery === null && 'nothing delivered yet',
            )}
          </span>
        </p>
        {origin === 'published' ? null : <MatchBar counts={matches} />}
      </div>
    </li>
  );
}
