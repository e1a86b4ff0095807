import type { SourceDetails } from '@marquee/contract';
import type { ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import { useApi } from '../../api-client.ts';
import { PageHead, Section } from '../../design/section.tsx';
import { ErrorMessage, Loading } from '../../feedback.tsx';
import { quantity } from '../../format.ts';
import { usePageTitle } from '../../layout.tsx';
import { useMayOperate } from '../../sign-in.tsx';
import { DataNav } from '../data-nav.tsx';
import '../data.css';
import { MatchBar } from '../match-bar.tsx';
import { Deliveries } from './deliveries.tsx';
import { SourceRecords } from './source-records.tsx';
import './sources.css';
import { Upload } from './upload.tsx';

/** A source: its deliveries, records and definition, and the place to give it a file. */
export function SourcePage(): ReactNode {
  const { id = '' } = useParams();
  const source = useApi('source', `/sources/${id}`, { live: true });
  usePageTitle(source.data?.name);
  if (source.isPending) return <Loading what="the source" />;
  if (source.isLoadingError) return <ErrorMessage page error={source.error} />;
  return (
    <>
      <DataNav />
      <Head source={source.data} />
      {source.data.origin === 'published' ? (
        <p>
          These are IMDb’s published tables, which updates bring:{' '}
          <Link href="/data">what is in use</Link>.
        </p>
      ) : (
        <Parts source={source.data} />
      )}
    </>
  );
}

function Head({ source }: { readonly source: SourceDetails }): ReactNode {
  const { name, url, licence, attribution, records, matches, rejects } = source;
  return (
    <PageHead
      title={name}
      kicker={<Link href="/data/sources">Sources</Link>}
      aside={
        <>
          <p>
            <b>{quantity(records, 'record')}</b>
            {rejects > 0 ? (
              <span className="muted"> · {quantity(rejects, 'row')} left out</span>
            ) : null}
          </p>
          <MatchBar counts={matches} />
        </>
      }
    >
      {attribution === null ? null : <p>{attribution}</p>}
      <Licence licence={licence} />
      {url === null ? null : (
        <p>
          <a href={url} rel="noreferrer">
            {url}
          </a>
        </p>
      )}
    </PageHead>
  );
}

function Parts({ source }: { readonly source: SourceDetails }): ReactNode {
  const mayOperate = useMayOperate();
  const { id, definition, matches } = source;
  return (
    <>
      {mayOperate ? (
        <Section title="Deliver a file">
          <Upload source={source} />
        </Section>
      ) : null}
      <div className="columns source-parts">
        <Deliveries source={id} mayOperate={mayOperate} />
        <SourceRecords source={id} counts={matches} />
      </div>
      <Section title="Definition" note={ORIGINS[source.origin]}>
        <details>
          <summary>How its files are read</summary>
          <pre tabIndex={0} aria-label="Definition">
            {JSON.stringify(definition, null, 2)}
          </pre>
        </details>
      </Section>
    </>
  );
}

function Licence({
  licence: { name, url, republish },
}: {
  readonly licence: SourceDetails['licence'];
}): ReactNode {
  return (
    <p className="muted">
      Licence:{' '}
      {url === null ? (
        name
      ) : (
        <a href={url} rel="noreferrer">
          {name}
        </a>
      )}
      {republish ? '' : '. Its data may not be published again.'}
    </p>
  );
}

const ORIGINS: Readonly<Record<SourceDetails['origin'], string>> = {
  published: '',
  shipped: 'Shipped with the program.',
  folder: 'A file in the folder of definitions.',
  api: 'Added over the API.',
};
