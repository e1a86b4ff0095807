import { useApi } from '../api-client.ts';
import type { TitleQuery } from './title-query.ts';

/** The name of the person of the filter; undefined without one, and until it is known. */
export function usePersonName({ filters: { person } }: TitleQuery): string | undefined {
  const name = useApi('name', person === undefined ? null : `/names/${person}`);
  return person === undefined ? undefined : (name.data?.primaryName ?? undefined);
}
