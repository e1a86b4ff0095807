import type { Disk } from '@marquee/contract';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Section } from '../design/section.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { bytes, count, dateTime } from '../format.ts';
import { DATASET_LABELS } from './words.ts';

/** Disk usage of the database and the downloaded files, and the free space. */
export function DiskUsage({ disk }: { readonly disk: UseQueryResult<Disk> }): ReactNode {
  return (
    <Section title="Disk">
      {disk.isPending ? <Loading what="the disk usage" /> : null}
      {disk.isLoadingError ? <ErrorMessage error={disk.error} /> : null}
      {disk.data ? <DiskTable disk={disk.data} /> : null}
    </Section>
  );
}

function DiskTable({ disk }: { readonly disk: Disk }): ReactNode {
  const {
    datasets,
    searchBytes,
    stagingBytes,
    recordBytes,
    sourceBytes,
    databaseBytes,
    snapshotBytes,
    measuredAt,
  } = disk;
  const others = [
    ['Search', searchBytes],
    ['Updates, changes, keys', recordBytes],
    ['Other sources and movies', sourceBytes],
    ['Data that is being loaded', stagingBytes],
  ] as const;
  return (
    <>
      <p>
        The database takes <b>{bytes(databaseBytes)}</b>, the downloaded files{' '}
        <b>{bytes(snapshotBytes)}</b>. {freeSpace(disk)}
      </p>
      <details>
        <summary>By dataset</summary>
        <table className="fitting">
          <thead>
            <tr>
              <th scope="col">Part</th>
              <th scope="col" className="number">
                Database
              </th>
              <th scope="col" className="number roomy">
                Table
              </th>
              <th scope="col" className="number roomy">
                Indexes
              </th>
              <th scope="col" className="number">
                Files
              </th>
            </tr>
          </thead>
          <tbody>
            {datasets.map((part) => (
              <tr key={part.dataset}>
                <th scope="row">
                  {DATASET_LABELS[part.dataset]} <code className="muted">{part.dataset}</code>
                </th>
                <td className="number">{bytes(part.tableBytes + part.indexBytes)}</td>
                <td className="number roomy">{bytes(part.tableBytes)}</td>
                <td className="number roomy">{bytes(part.indexBytes)}</td>
                <td className="number">
                  {part.snapshots === 0
                    ? 'none'
                    : `${count(part.snapshots)}: ${bytes(part.snapshotBytes)}`}
                </td>
              </tr>
            ))}
            {others.map(([part, size]) => (
              <tr key={part}>
                <th scope="row">{part}</th>
                <td className="number">{bytes(size)}</td>
                <td className="roomy" />
                <td className="roomy" />
                <td />
              </tr>
            ))}
          </tbody>
        </table>
        <p className="muted">
          Measured {dateTime(measuredAt)}, at most once a minute. Files count as downloaded, without
          the faster copies of the newest ones.
        </p>
      </details>
    </>
  );
}

/** While it runs, a full load needs as much space again as all published data. */
function freeSpace({ freeBytes, databaseBytes, stagingBytes }: Disk): ReactNode {
  if (freeBytes === null) return 'The free space on the disk of the database is unknown.';
  const isShort = freeBytes < databaseBytes - stagingBytes;
  return (
    <>
      <b>{bytes(freeBytes)}</b>{' '}
      {isShort
        ? 'are free on the disk of the database: less than a full load needs, which builds all tables next to the existing ones.'
        : 'are free on the disk of the database.'}
    </>
  );
}
