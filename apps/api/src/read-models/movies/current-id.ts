/** The most redirects that an id is followed through. */
const MAX_REDIRECTS = 20;

/**
 * A statement that selects the id that a movie has now, as `id`: redirects are followed until a
 * movie has the id, or no redirect leads on. Each step costs two look-ups.
 *
 * @param id SQL of an id, past or present: a parameter, or a column of an outer `from` (lateral)
 */
export function currentIdOf(id: string): string {
  return `
    with recursive step (id, steps) as (
      select ${id} collate "C", 0
      union all
      select redirect.movie, step.steps + 1
      from step join movies.redirect on redirect.id = step.id
      where step.steps < ${MAX_REDIRECTS} and not exists (select from movies.movie as present where present.id = step.id)
    )
    select step.id from step order by step.steps desc limit 1`;
}
