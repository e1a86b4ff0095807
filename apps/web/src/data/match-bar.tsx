import type { MatchCounts } from '@marquee/contract';
import type { ReactNode } from 'react';
import { count } from '../format.ts';
import { shareWords, STATES } from './match-words.ts';

/** The states of records as a bar, and in words. */
export function MatchBar({ counts }: { readonly counts: MatchCounts }): ReactNode {
  const shown = STATES.filter((state) => counts[state].records > 0);
  if (shown.length === 0 && counts.waiting === 0) return null;
  return (
    <div className="match-bar">
      <div aria-hidden="true">
        {shown.map((state) => (
          <i key={state} className={state} style={{ flexGrow: counts[state].records }} />
        ))}
      </div>
      <ul>
        {shown.map((state) => (
          <li key={state} title={`${count(counts[state].records)} records`}>
            <i className={state} aria-hidden="true" />
            {shareWords(state, counts)}
          </li>
        ))}
        {counts.waiting > 0 ? <li>{count(counts.waiting)} waiting to be matched</li> : null}
      </ul>
    </div>
  );
}
