import type { DeliveryReject } from '@marquee/contract';
import type { ReactNode } from 'react';
import { count } from '../../format.ts';

/** Rows that could not be read, each with its line and the reason. */
export function RejectList({
  rejects,
}: {
  readonly rejects: readonly DeliveryReject[];
}): ReactNode {
  if (rejects.length === 0) return null;
  return (
    <ul className="rejects">
      {rejects.map(({ line, reason, raw }) => (
        <li key={line}>
          <p>
            Line {count(line)}: {reason}
          </p>
          <pre tabIndex={0} aria-label={`Line ${line}`}>
            {raw}
          </pre>
        </li>
      ))}
    </ul>
  );
}
