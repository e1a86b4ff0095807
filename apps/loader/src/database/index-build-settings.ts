/**
 * The settings for building an index with one process.
 *
 * @param kilobytes the memory for the sort; null for the server's default
 */
export function indexBuildSettings(kilobytes: number | null): string[] {
  return [
    'set local max_parallel_maintenance_workers = 0',
    ...(kilobytes === null ? [] : [`set local maintenance_work_mem = '${kilobytes}kB'`]),
  ];
}
