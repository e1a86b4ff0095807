/**
 * How far each access path of a list of titles reads before another is taken, how many titles
 * facets count, and what a step of a search between people reads. A test makes them small, so that
 * a few thousand titles enter every path.
 */
export class SearchLimits {
  /** Index entries of the first probe: about a millisecond, and enough for most pages. */
  readonly probeEntries: number;
  /** Index entries of an extended scan at most: some hundredths of a second. */
  readonly maxScanEntries: number;
  /** Index entries of a range scan at most: some tenths of a second. */
  readonly maxRangeEntries: number;
  /**
   * Steps of a value-by-value search, after which the GIN index finds the rest in one: fewer titles
   * may match than the statistics say, or none.
   */
  readonly maxValueSteps: number;
  /**
   * Index entries that a scan reads in the time of one unit of planner cost: in PostgreSQL's measure
   * a page of the table costs about 1, and most pages are in memory.
   */
  readonly scanEntriesPerCost: number;
  /** The same of a range scan, which looks up fewer rows: its cost is mostly of entries. */
  readonly rangeEntriesPerCost: number;
  /** Titles that facets count at most: some hundredths of a second. */
  readonly maxCountedTitles: number;
  /** The size of the sample of all titles from which facets estimate larger counts. */
  readonly sampledTitles: number;
  /** Up to this many titles in all, facets take no sample: a count takes a tenth of a second. */
  readonly maxUnsampledTitles: number;
  /**
   * Credits of all people of a step between people, each of whom gets an equal share: an index-only
   * scan reads them in a tenth of a second. 1,500 people of 100 films with 50 credits each have
   * 75,000: all paths of three titles from an actor with so many are searched.
   */
  readonly stepCredits: number;
  /** Titles of which such a step reads the people: those with the most votes. */
  readonly stepTitles: number;
  /** People that such a step finds. */
  readonly stepPeople: number;

  /** @param given overrides of the defaults */
  constructor(given: Partial<SearchLimits> = {}) {
    this.probeEntries = given.probeEntries ?? 5000;
    this.maxScanEntries = given.maxScanEntries ?? 100_000;
    this.maxRangeEntries = given.maxRangeEntries ?? 1_500_000;
    this.maxValueSteps = given.maxValueSteps ?? 8;
    this.scanEntriesPerCost = given.scanEntriesPerCost ?? 4;
    this.rangeEntriesPerCost = given.rangeEntriesPerCost ?? 34;
    this.maxCountedTitles = given.maxCountedTitles ?? 10_000;
    this.sampledTitles = given.sampledTitles ?? 30_000;
    this.maxUnsampledTitles = given.maxUnsampledTitles ?? 100_000;
    this.stepCredits = given.stepCredits ?? 100_000;
    this.stepTitles = given.stepTitles ?? 500;
    this.stepPeople = given.stepPeople ?? 2500;
  }
}
