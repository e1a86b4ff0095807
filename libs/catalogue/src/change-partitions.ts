/**
 * The partition of `ingest.change` that holds the changes of a run, without its schema. The loader
 * creates and drops it; the API tells by it whether the changes are still kept.
 */
export function changePartition(runId: string): string {
  return `${PREFIX}${runId.replaceAll('-', '')}`;
}

/**
 * The same with its schema, as SQL.
 *
 * @param runId an expression of type uuid
 */
export function changePartitionSql(runId: string): string {
  return `'ingest.${PREFIX}' || replace(${runId}::text, '-', '')`;
}

const PREFIX = 'change_';
