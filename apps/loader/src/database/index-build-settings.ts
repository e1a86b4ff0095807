/**
 * The settings with which one process builds an index.
 *
 * @param kilobytes to sort in; what memory there is when null
 */
export function indexBuildSettings(kilobytes: number | null): string[] {
  return [
    'set local max_parallel_maintenance_workers = 0',
    ...(kilobytes === null ? [] : [`set local maintenance_work_mem = '${kilobytes}kB'`]),
  ];
}
