import type { Disk } from '@marquee/contract';
import type { ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { bytes, count, dateTime } from '../format.ts';

/** Disk usage of the database and the snapshots, and the free space. */
export function DiskUsage(): ReactNode {
  const disk = useApi('disk', '/disk');
  return (
    <section aria-labelledby="disk">
      <h2 id="disk">Disk usage</h2>
      {disk.isPending ? <Loading what="the disk usage" /> : null}
      {disk.isLoadingError ? <ErrorMessage error={disk.error} /> : null}
      {disk.data ? <DiskTable disk={disk.data} /> : null}
    </section>
  );
}

function DiskTable({ disk }: { readonly disk: Disk }): ReactNode {
  const {
    datasets,
    searchBytes,
    stagingBytes,
    recordBytes,
    databaseBytes,
    snapshotBytes,
    measuredAt,
  } = disk;
  const others = [
    ['Search', searchBytes],
    ['Runs, changes, rejects, keys', recordBytes],
    ['Tables of a running load', stagingBytes],
  ] as const;
  return (
    <>
      <p>
        The database takes <b>{bytes(databaseBytes)}</b>, the snapshots{' '}
        <b>{bytes(snapshotBytes)}</b>. {freeSpace(disk)}
      </p>
      <details>
        <summary>By dataset</summary>
        <div className="scroll" role="region" aria-label="Disk usage by dataset" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Part</th>
                <th scope="col" className="number">
                  Database
                </th>
                <th scope="col" className="number">
                  Table
                </th>
                <th scope="col" className="number">
                  Indexes
                </th>
                <th scope="col" className="number">
                  Snapshots
                </th>
              </tr>
            </thead>
            <tbody>
              {datasets.map((part) => (
                <tr key={part.dataset}>
                  <th scope="row">
                    <code>{part.dataset}</code>
                  </th>
                  <td className="number">{bytes(part.tableBytes + part.indexBytes)}</td>
                  <td className="number">{bytes(part.tableBytes)}</td>
                  <td className="number">{bytes(part.indexBytes)}</td>
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
                  <td colSpan={3} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p className="muted">
          Measured {dateTime(measuredAt)}, at most once a minute. Snapshots are counted as
          downloaded, without the zstd copies of the newest ones.
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
