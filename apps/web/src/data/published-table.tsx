import type { Published } from '@marquee/contract';
import type { ReactNode } from 'react';
import { count, dateTime, quantity } from '../format.ts';
import { DATASET_LABELS } from './words.ts';

/** The data in use: rows and age of each dataset, and its flaws. */
export function PublishedTable({
  published: { datasets, nextUpdateAt },
}: {
  readonly published: Published;
}): ReactNode {
  return (
    <>
      <table className="fitting">
        <thead>
          <tr>
            <th scope="col">Data</th>
            <th scope="col" className="number">
              Rows
            </th>
            <th scope="col">In use since</th>
            <th scope="col" className="roomy">
              Downloaded
            </th>
          </tr>
        </thead>
        <tbody>
          {datasets.map(({ dataset, status, fetchedAt, publishedAt, rows }) => (
            <tr key={dataset}>
              <th scope="row">
                {DATASET_LABELS[dataset]} <code className="muted">{dataset}</code>
              </th>
              <td className="number">{count(rows)}</td>
              <td>{status === 'empty' ? 'not yet' : dateTime(publishedAt)}</td>
              <td className="roomy">{dateTime(fetchedAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Flaws datasets={datasets} />
      <p className="muted">
        {nextUpdateAt === null
          ? 'Updates are not scheduled; “Update now” starts one.'
          : `The next update is due ${dateTime(nextUpdateAt)}.`}
      </p>
    </>
  );
}

/** Flaws of the files: lines that could not be read, and references to rows that do not exist. */
function Flaws({ datasets }: { readonly datasets: Published['datasets'] }): ReactNode {
  const flaws = datasets.flatMap(({ dataset, rejects, orphans }) => {
    const missing = Object.values(orphans).reduce((sum, n) => sum + n, 0);
    return [
      ...(rejects > 0 ? [`${DATASET_LABELS[dataset]}: ${quantity(rejects, 'line')} left out`] : []),
      ...(missing > 0
        ? [
            `${DATASET_LABELS[dataset]}: ${quantity(missing, 'reference')} to a title or person that is in no file`,
          ]
        : []),
    ];
  });
  if (flaws.length === 0) return null;
  return (
    <details>
      <summary>Flaws of the files</summary>
      <ul>
        {flaws.map((flaw) => (
          <li key={flaw}>{flaw}</li>
        ))}
      </ul>
    </details>
  );
}
