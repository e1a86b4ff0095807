import { z } from 'zod';

const TIME = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** Whether a text is a time of ISO 8601 that PostgreSQL takes: it has no year 0. */
export function isTime(text: string): boolean {
  return TIME.safeParse(text).success && !text.startsWith('0000');
}
