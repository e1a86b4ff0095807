import type { ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { PageHead } from '../design/section.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { date } from '../format.ts';
import { usePageTitle } from '../layout.tsx';
import { fieldLabel } from '../movie/words.ts';
import { useSourceNames } from '../sources.ts';
import { DataNav } from './data-nav.tsx';
import './data.css';
import { ruleSentence } from './rule-words.ts';

/** How each field of a movie is chosen from the records of its sources. */
export function RulesPage(): ReactNode {
  usePageTitle('Rules');
  const nameOf = useSourceNames();
  const rules = useApi('rules', '/rules');
  return (
    <>
      <DataNav />
      <PageHead title="Rules">
        <p className="muted">
          How each field of a movie is chosen from what its sources tell. A value is never replaced
          by an empty one, unless a rule says so. <code>marquee rules set</code> changes a rule.
        </p>
      </PageHead>
      {rules.isPending ? <Loading what="the rules" /> : null}
      {rules.isLoadingError ? <ErrorMessage error={rules.error} /> : null}
      {rules.data === undefined ? null : (
        <table className="fitting">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Rule</th>
              <th scope="col" className="roomy">
                Set
              </th>
            </tr>
          </thead>
          <tbody>
            {rules.data.items.map(({ field, rule, shipped, isOwn, setAt, setBy }) => (
              <tr key={field}>
                <th scope="row">{fieldLabel(field)}</th>
                <td>
                  {ruleSentence(rule, nameOf)}
                  {isOwn ? (
                    <>
                      {' '}
                      <small className="muted">Shipped: {ruleSentence(shipped, nameOf)}</small>
                    </>
                  ) : null}
                </td>
                <td className="roomy">
                  {isOwn ? (
                    `by ${setBy ?? 'somebody'}, ${date(setAt)}`
                  ) : (
                    <span className="muted">shipped</span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
