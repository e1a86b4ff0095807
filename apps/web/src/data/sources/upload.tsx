import type { Delivery, FileCheck, SourceDetails } from '@marquee/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState, type DragEvent, type ReactNode } from 'react';
import { postFile, useApi } from '../../api-client.ts';
import { ErrorMessage } from '../../feedback.tsx';
import { bytes, joinFacts, quantity } from '../../format.ts';
import { deliveryCounts } from './delivery-words.ts';
import { RejectList } from './reject-list.tsx';

/** How often a delivery that is being read is asked for. */
const PROGRESS_MS = 1000;

/** Takes a file by a click or a drop, checks it, and delivers it. */
export function Upload({ source }: { readonly source: SourceDetails }): ReactNode {
  const [file, setFile] = useState<File | null>(null);
  const [isOver, setOver] = useState(false);
  const id = useId();
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    setFile(event.dataTransfer.files[0] ?? file);
  };
  return (
    <>
      <div
        className={isOver ? 'drop-zone over' : 'drop-zone'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <label htmlFor={id}>Choose a file, or drop one here</label>
        <input id={id} type="file" onChange={({ target }) => setFile(target.files?.[0] ?? null)} />
        <small className="muted">
          {source.files.length > 1
            ? `It has the files ${new Intl.ListFormat('en').format(source.files)}. `
            : ''}
          Plain or gzip. It is checked before anything is kept.
        </small>
      </div>
      {file === null ? null : (
        <ChosenFile
          key={`${file.name} ${file.size} ${file.lastModified}`}
          source={source}
          file={file}
        />
      )}
    </>
  );
}

function ChosenFile({
  source: { id, files },
  file,
}: {
  readonly source: SourceDetails;
  readonly file: File;
}): ReactNode {
  const queries = useQueryClient();
  // empty: the server finds out by name and header
  const [part, setPart] = useState('');
  const query = (more = '') =>
    `name=${encodeURIComponent(file.name)}${part === '' ? '' : `&file=${encodeURIComponent(part)}`}${more}`;
  const check = useMutation({
    mutationFn: async () => postFile('fileCheck', `/sources/${id}/check?${query()}`, file),
  });
  const deliver = useMutation({
    mutationFn: async (again: boolean) =>
      postFile('delivery', `/sources/${id}/deliveries?${query(again ? '&again=true' : '')}`, file),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['deliveries'] }),
  });
  const error = deliver.error ?? check.error;
  const isBusy = check.isPending || deliver.isPending;
  return (
    <div className="chosen-file">
      <p>
        <b>{file.name}</b> <span className="muted">{bytes(file.size)}</span>
      </p>
      <div className="actions">
        {files.length > 1 ? (
          <label>
            It is{' '}
            <select value={part} onChange={({ target }) => setPart(target.value)}>
              <option value="">found out by its name</option>
              {files.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
        ) : null}
        <button type="button" disabled={isBusy} onClick={() => check.mutate()}>
          {check.isPending ? 'Checking …' : 'Check it'}
        </button>
        <button
          type="button"
          className="primary"
          disabled={isBusy || check.data === undefined || deliver.isSuccess}
          onClick={() => deliver.mutate(false)}
        >
          {deliver.isPending ? 'Sending …' : 'Deliver it'}
        </button>
      </div>
      {error === null ? null : <ErrorMessage error={error} />}
      {deliver.data === undefined ? (
        check.data && <Checked check={check.data.body} />
      ) : (
        <Progress
          delivery={deliver.data.body}
          isOld={deliver.data.status === 200}
          onAgain={() => deliver.mutate(true)}
        />
      )}
    </div>
  );
}

function Checked({ check }: { readonly check: FileCheck }): ReactNode {
  const { rows, records, rejects, firstRecords, firstRejects } = check;
  return (
    <div role="status">
      <p>
        <b>{quantity(records, 'record')}</b> from {quantity(rows, 'row')}
        {rejects > 0 ? `, ${quantity(rejects, 'row')} left out` : ', none left out'}. Nothing has
        been kept yet.
      </p>
      <ol className="checked-records">
        {firstRecords.map(({ id, line, record }) => (
          <li key={id}>
            {record.title ?? <span className="muted">without a title</span>}{' '}
            <small className="muted">
              {joinFacts(record.year?.toString(), `line ${line}`, id)}
            </small>
            <details>
              <summary>Record</summary>
              <pre tabIndex={0} aria-label={`Record of line ${line}`}>
                {JSON.stringify(record, null, 2)}
              </pre>
            </details>
          </li>
        ))}
      </ol>
      <RejectList rejects={firstRejects} />
    </div>
  );
}

/** What becomes of a delivery, until it is taken. */
function Progress({
  delivery,
  isOld,
  onAgain,
}: {
  readonly delivery: Delivery;
  /** Whether the file had been delivered before. */
  readonly isOld: boolean;
  readonly onAgain: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const [isWaiting, setWaiting] = useState(true);
  const { data = delivery } = useApi('delivery', isOld ? null : delivery.url, {
    live: isWaiting && PROGRESS_MS,
  });
  if (isWaiting && data.state !== 'received') {
    setWaiting(false);
    for (const kind of ['source', 'sources', 'deliveries', 'records'])
      void queries.invalidateQueries({ queryKey: [kind] });
  }
  if (isOld)
    return (
      <p role="status">
        This file has been delivered before.{' '}
        <button type="button" onClick={onAgain}>
          Deliver it again
        </button>
      </p>
    );
  return (
    <div role="status">
      {data.state === 'received' ? (
        <>
          <p>Delivered. Its rows are being read …</p>
          <progress aria-label="The delivery is being read" />
        </>
      ) : null}
      {data.state === 'taken' ? <p>Taken: {deliveryCounts(data)}.</p> : null}
      {data.state === 'failed' ? (
        <p>
          {data.error?.message} <span className="muted">{data.error?.hint}</span>
        </p>
      ) : null}
    </div>
  );
}
