import type { Disk } from '@marquee/contract';
import type { ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { bytes, count, dateTime } from '../format.ts';

/** What the database and the snapshots take on disk, and what is left. */
export function DiskUsage(): ReactNode {
  const disk = useApi('disk', '/disk');
  return (
    <section aria-labelledby="disk">
      <h2 id="disk">Disk in use</h2>
      {disk.isPending ? <Loading what="the disk in use" /> : null}
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
    ['What a load is building', stagingBytes],
  ] as const;
  return (
    <>
      <p>
        The database takes <b>{bytes(databaseBytes)}</b>, the snapshots{' '}
        <b>{bytes(snapshotBytes)}</b>. {freeSpace(disk)}
      </p>
      <details>
        <summary>By dataset</summary>
        <div className="scroll" role="region" aria-label="Disk in use, by dataset" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Part</th>
                <th scope="col" className="number">
                  Database
                </th>
                <th scope="col" className="number">
                  of it, the table
                </th>
                <th scope="col" className="number">
                  its indexes
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
          Measured {dateTime(measuredAt)}, once a minute at most. Snapshots count as the files that
          were fetched; the zstd copies beside the newest are not in it.
        </p>
      </details>
    </>
  );
}

/** A full load needs the room of all that is published once more, as long as it goes on. */
function freeSpace({ freeBytes, databaseBytes, stagingBytes }: Disk): ReactNode {
  if (freeBytes === null) return 'The database may not be asked how much is free where it lies.';
  const isShort = freeBytes < databaseBytes - stagingBytes;
  return (
    <>
      <b>{bytes(freeBytes)}</b>{' '}
      {isShort
        ? 'are free where the database lies: less than a full load needs, which builds all tables anew beside those that are there.'
        : 'are free where the database lies.'}
    </>
  );
}
