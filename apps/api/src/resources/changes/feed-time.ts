import { z } from 'zod';

const TIME = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/**
 * A time of ISO 8601 in UTC: PostgreSQL takes neither every offset nor the year 0.
 *
 * @returns null if the text is not a time, or not of the years 1 to 9999
 */
export function readTime(text: string): string | null {
  if (!TIME.safeParse(text).success) return null;
  const time = new Date(text).toISOString();
  // other years begin with a sign or with 0000
  return time < '0001' ? null : time;
}
