/**
 * Lets a transaction wait longer for rows that a service holds: a merge or a batch of matches has
 * them for a second or two. What takes longer, such as an extraction, is answered with a 503.
 */
export const WAIT_FOR_SERVICES = `set local lock_timeout = '5s'; set local statement_timeout = '10s'`;
