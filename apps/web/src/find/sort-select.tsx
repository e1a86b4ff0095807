import type { ReactNode } from 'react';

/** The choice of an order, such as `votes desc`; relevance has one direction only. */
export function SortSelect({
  query,
  choices,
}: {
  readonly query: {
    readonly sort: string;
    readonly change: (changes: { readonly sort: string; readonly order: string | null }) => void;
  };
  readonly choices: readonly (readonly [sort: string, text: string])[];
}): ReactNode {
  return (
    <label>
      <span>Sort by </span>
      <select
        value={query.sort}
        onChange={({ target }) => {
          const [sort = '', order = ''] = target.value.split(' ');
          query.change({ sort, order: sort === 'relevance' ? null : order });
        }}
      >
        {choices.map(([sort, text]) => (
          <option key={sort} value={sort}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
