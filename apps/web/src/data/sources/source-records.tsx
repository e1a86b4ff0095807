import type { MatchCounts, RecordSummary } from '@marquee/contract';
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useApi, useApiList } from '../../api-client.ts';
import { Section } from '../../design/section.tsx';
import { Segmented } from '../../design/segmented.tsx';
import { ErrorMessage, Loading } from '../../feedback.tsx';
import { joinFacts, shortCount } from '../../format.ts';
import { movieHref } from '../../movie/movie-path.ts';
import { ShowMore } from '../../title-list.tsx';
import { methodWords, reasonWords, STATE_LABELS, STATES } from '../match-words.ts';

type Choice = 'all' | keyof typeof STATE_LABELS;

/** The records of a source, all or those in a state, each with its movie. */
export function SourceRecords({
  source,
  counts,
}: {
  readonly source: string;
  readonly counts: MatchCounts;
}): ReactNode {
  const [state, setState] = useState<Choice>('all');
  const list = useApiList(
    'records',
    `/sources/${source}/records${state === 'all' ? '' : `?state=${state}`}`,
  );
  const records = list.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Section title="Records">
      <Segmented
        label="State of the records"
        value={state}
        choices={[
          ['all', 'All'],
          ...STATES.map(
            (one) => [one, `${STATE_LABELS[one]} ${shortCount(counts[one].records)}`] as const,
          ),
        ]}
        onChange={setState}
      />
      {list.isPending ? <Loading what="the records" room="30rem" /> : null}
      {list.isLoadingError ? <ErrorMessage error={list.error} /> : null}
      {list.data !== undefined && records.length === 0 ? (
        <p className="muted">There are none.</p>
      ) : null}
      <ul className="changes records" aria-busy={list.isPlaceholderData}>
        {records.map((record) => (
          <RecordRow key={record.id} record={record} />
        ))}
      </ul>
      <ShowMore list={list} />
    </Section>
  );
}

function RecordRow({ record }: { readonly record: RecordSummary }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const { source, id, title, year, line, match } = record;
  const name = title ?? id;
  return (
    <li>
      {match === null ? name : <Link href={movieHref(match.movie)}>{name}</Link>}{' '}
      <small className="muted">{joinFacts(year?.toString(), title === null ? '' : id)}</small>
      <p className="muted">
        {match === null
          ? 'waiting to be matched'
          : joinFacts(
              STATE_LABELS[match.state],
              match.state === 'matched' ? methodWords(match.method) : reasonWords(match.reason),
              match.score !== null && `score ${match.score.toFixed(2)}`,
            )}
      </p>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Row {line}</summary>
        {isOpen ? (
          <RecordView path={`/sources/${source}/records/${encodeURIComponent(id)}`} />
        ) : null}
      </details>
    </li>
  );
}

/** A record in the canonical form, and the row that it was made from. */
function RecordView({ path }: { readonly path: string }): ReactNode {
  const details = useApi('record', path);
  if (details.isPending) return <Loading what="the record" room="12rem" />;
  if (details.isLoadingError) return <ErrorMessage error={details.error} />;
  const { record, raw } = details.data;
  return (
    <>
      <h3>Record</h3>
      <pre tabIndex={0} aria-label="Record">
        {JSON.stringify(record, null, 2)}
      </pre>
      <h3>As it came</h3>
      <pre tabIndex={0} aria-label="As it came">
        {JSON.stringify(raw, null, 2)}
      </pre>
    </>
  );
}
