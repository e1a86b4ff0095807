import type { Reads } from '../../database/deadline.ts';
import { remainingConditions, type PartitionSearch, type TitleRow } from './partition-search.ts';
import type { AccessPath, PathEstimate } from './access-path.ts';
import { extendScan, probe } from './index-scan.ts';
import { rangeScan } from './range-scan.ts';
import { ginSearch } from './gin-search.ts';
import { valueByValue } from './value-by-value.ts';
import { valuedColumnOf } from './title-counts.ts';

/**
 * The titles of a page in one sort partition.
 *
 * The filters may match every second title, or three in ten million. PostgreSQL takes filters to be
 * independent of each other and of the order: left alone, it scans millions of titles in their
 * order, or sorts millions for one page. So a short probe comes first, which fills most pages. Then
 * the scan goes on for as long as the cheapest complete path would take; that path comes last.
 */
export async function readPartition(database: Reads, search: PartitionSearch): Promise<TitleRow[]> {
  let { probed } = search;
  // a complete probe is repeated: the first one may have read an earlier publish
  const isServed = remainingConditions(search).length === 0;
  if (probed === undefined || isServed) {
    const found = await probe(database, search);
    if (found.length >= search.limit || isServed) return found;
    probed = found.length;
  }
  const { path, estimate } = await choosePath(database, search);
  // no title of the first values may match: with exact counts a scan from the start gains nothing
  if (path === valueByValue && valuedColumnOf(search)?.hasExactCounts === true)
    return path.read(database, search);
  const found = await extendScan(database, search, probed, estimate);
  if (found.length >= search.limit) return found;
  // a scan that found titles shows that there are no values to pass over
  const last = path === valueByValue && found.length > 0 ? ginSearch : path;
  return last.read(database, search);
}

const RANGE_SCANS = [rangeScan('year'), rangeScan('runtime')];

/** A path that completes the page, and its estimate. */
interface Choice {
  readonly path: AccessPath;
  readonly estimate: PathEstimate;
}

/**
 * The cheapest path that completes a page: the GIN search, unless it costs more than the longest
 * scan; then the cheaper range scan that beats it; then value by value, where values are counted.
 */
async function choosePath(database: Reads, search: PartitionSearch): Promise<Choice> {
  const baseline = await ginSearch.estimate(database, search);
  const gin = { path: ginSearch, estimate: baseline };
  if (baseline.entries < search.limits.maxScanEntries) return gin;
  const offerOf = async (path: AccessPath): Promise<Choice[]> => {
    const estimate = await path.estimate(database, search, baseline);
    return estimate === null ? [] : [{ path, estimate }];
  };
  const ranges = (await Promise.all(RANGE_SCANS.map(offerOf))).flat();
  const [range] = ranges.sort((a, b) => a.estimate.entries - b.estimate.entries);
  const [values] = range === undefined ? await offerOf(valueByValue) : [];
  return range ?? values ?? gin;
}
