import type { Delivery } from '@marquee/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { postJson, useApiList } from '../../api-client.ts';
import { Section } from '../../design/section.tsx';
import { ErrorMessage, Loading } from '../../feedback.tsx';
import { bytes, dateTime, joinFacts, quantity } from '../../format.ts';
import { ShowMore } from '../../title-list.tsx';
import { MatchBar } from '../match-bar.tsx';
import { deliveryCounts, deliveryState, lastChangedWords } from './delivery-words.ts';
import { RejectList } from './reject-list.tsx';

/** The files that a source was given, the newest first. */
export function Deliveries({
  source,
  mayOperate,
}: {
  readonly source: string;
  readonly mayOperate: boolean;
}): ReactNode {
  const list = useApiList('deliveries', `/sources/${source}/deliveries`);
  const deliveries = list.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Section title="Deliveries">
      {list.isPending ? <Loading what="the deliveries" room="20rem" /> : null}
      {list.isLoadingError ? <ErrorMessage error={list.error} /> : null}
      {list.data !== undefined && deliveries.length === 0 ? (
        <p className="muted">Nothing has been delivered yet.</p>
      ) : null}
      {deliveries.map((delivery) => (
        <DeliveryView key={delivery.id} delivery={delivery} mayOperate={mayOperate} />
      ))}
      <ShowMore list={list} />
    </Section>
  );
}

function DeliveryView({
  delivery,
  mayOperate,
}: {
  readonly delivery: Delivery;
  readonly mayOperate: boolean;
}): ReactNode {
  const { id, url, file, name, state, receivedAt, receivedBy, rejects, matches, error } = delivery;
  const colour = state === 'failed' ? 'failed' : state === 'received' ? 'running' : state;
  const leftWords = lastChangedWords(delivery);
  return (
    <article className={`run ${colour}`} aria-label={`Delivery ${id}`}>
      <header>
        <h3>
          {name} <span className="badge">{deliveryState(delivery)}</span>
        </h3>
        <p className="muted">
          {joinFacts(
            file !== name && file,
            bytes(delivery.bytes),
            dateTime(receivedAt),
            `by ${receivedBy}`,
          )}
        </p>
      </header>
      {error === null ? null : (
        <p>
          {error.message} <span className="muted">{error.hint}</span>
        </p>
      )}
      {delivery.records === null ? null : <p>{deliveryCounts(delivery)}</p>}
      {matches === null ? null : (
        <>
          {leftWords === '' ? null : <p className="muted">{leftWords}</p>}
          <MatchBar counts={matches} />
        </>
      )}
      {(rejects ?? 0) > 0 ? <DeliveryRejects path={url} rejects={rejects ?? 0} /> : null}
      {mayOperate ? <DeliveryActions delivery={delivery} /> : null}
    </article>
  );
}

function DeliveryRejects({
  path,
  rejects,
}: {
  readonly path: string;
  readonly rejects: number;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const list = useApiList('deliveryRejects', isOpen ? `${path}/rejects` : null);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{quantity(rejects, 'row')} left out</summary>
      {isOpen && list.isPending ? <Loading what="the rows left out" room="8rem" /> : null}
      {list.isLoadingError ? <ErrorMessage error={list.error} /> : null}
      <RejectList rejects={list.data?.pages.flatMap(({ items }) => items) ?? []} />
      <ShowMore list={list} />
    </details>
  );
}

const ACTIONS = {
  withdraw: {
    text: 'Take back',
    question: 'The records become those of the delivery before it.',
  },
  take: { text: 'Take again', question: 'Its rows are read again, and its records matched.' },
};

/** Buttons that take a delivery back or take it again, each with a second question. */
function DeliveryActions({ delivery }: { readonly delivery: Delivery }): ReactNode {
  const queries = useQueryClient();
  const [asked, ask] = useState<keyof typeof ACTIONS | null>(null);
  const act = useMutation({
    mutationFn: async (action: keyof typeof ACTIONS) =>
      postJson('delivery', `${delivery.url}/${action}`),
    onSuccess: () => {
      ask(null);
      for (const kind of ['source', 'sources', 'deliveries', 'records'])
        void queries.invalidateQueries({ queryKey: [kind] });
    },
  });
  const possible =
    delivery.state === 'withdrawn' ? (['take'] as const) : (['withdraw', 'take'] as const);
  return (
    <div className="delivery-actions">
      {asked === null ? (
        <>
          {possible.map((action) => (
            <button key={action} type="button" className="quiet" onClick={() => ask(action)}>
              {ACTIONS[action].text}
            </button>
          ))}
          <a href={`${delivery.url}/content`} download={delivery.name}>
            Download
          </a>
        </>
      ) : (
        <div role="group" aria-label={ACTIONS[asked].text}>
          <p>{ACTIONS[asked].question}</p>
          <button
            type="button"
            className="primary"
            disabled={act.isPending}
            onClick={() => act.mutate(asked)}
          >
            {ACTIONS[asked].text}
          </button>{' '}
          <button type="button" onClick={() => ask(null)}>
            Cancel
          </button>
        </div>
      )}
      {act.isError ? <ErrorMessage error={act.error} /> : null}
    </div>
  );
}
