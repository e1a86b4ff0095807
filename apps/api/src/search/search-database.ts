import { Database } from '../database/database.ts';

/**
 * The published tables, for searching by text. The statements have a branch for each tier, and PostgreSQL would plan them anew at each request, which
 * takes longer (0.9 ms) than doing them: the plan is the same whatever is looked for.
 */
export class SearchDatabase extends Database {
  constructor(url: string, onError: (error: Error) => void) {
    super(url, onError);
    const { options } = this.pools.reads;
    options.options = `${options.options ?? ''} -c plan_cache_mode=force_generic_plan`;
    options.max = 8;
  }
}
