/**
 * API path of a list: its text, filters and order, and the size of its pages.
 *
 * @param sort name and direction, such as `votes desc`; relevance has one direction only
 */
export function listPath(
  route: string,
  {
    q,
    sort,
    filters,
  }: {
    readonly q: string;
    readonly sort: string;
    readonly filters: Readonly<Record<string, string>>;
  },
): string {
  const [by = '', order = ''] = sort.split(' ');
  const parameters = {
    q,
    ...filters,
    sort: by,
    order: by === 'relevance' ? '' : order,
    limit: '30',
  };
  const given = Object.entries(parameters).filter(([, value]) => value !== '');
  return `${route}?${new URLSearchParams(given).toString()}`;
}
