import { isStatement, STATEMENT_NAMES, type StatementName } from './statements.ts';

/**
 * When in a run a fault comes: after a part of its usual time, after a part of all bytes was sent,
 * or soon after a statement has begun.
 */
export type Moment =
  | { readonly on: 'time'; readonly part: number }
  | { readonly on: 'bytes'; readonly part: number }
  | {
      readonly on: 'statement';
      readonly name: StatementName;
      readonly nth: number;
      readonly delayMs: number;
    };

/** The moments that the report counts apart. */
export const MOMENT_NAMES = ['time', 'bytes', ...STATEMENT_NAMES] as const;
export type MomentName = (typeof MOMENT_NAMES)[number];

/** As what the report counts a moment. */
export function nameOfMoment(moment: Moment): MomentName {
  return moment.on === 'statement' ? moment.name : moment.on;
}

/** What tells of a run's course. */
export interface Course {
  onStatement: (line: string) => void;
}
export interface Sending {
  onProgress: (part: number) => void;
}

/** A wait for a moment. */
export interface Wait {
  hasCome(): boolean;
  end(): void;
}

/**
 * Waits for a moment of the run that begins now, and then acts once.
 *
 * @param usualMs how long such a run takes
 */
export function atMoment(
  moment: Moment,
  { course, sending, usualMs }: { course: Course; sending: Sending; usualMs: number },
  act: () => void,
): Wait {
  let hasCome = false;
  let timer: NodeJS.Timeout | undefined;
  const come = () => {
    if (hasCome) return;
    hasCome = true;
    act();
  };
  if (moment.on === 'time') timer = setTimeout(come, moment.part * usualMs);
  if (moment.on === 'bytes') {
    sending.onProgress = (part) => {
      if (part >= moment.part) come();
    };
  }
  if (moment.on === 'statement') {
    let seen = 0;
    course.onStatement = (line) => {
      if (!isStatement(moment.name, line)) return;
      seen++;
      if (seen !== moment.nth) return;
      if (moment.delayMs === 0) come();
      else timer = setTimeout(come, moment.delayMs);
    };
  }
  return {
    hasCome: () => hasCome,
    end() {
      clearTimeout(timer);
      course.onStatement = () => undefined;
      sending.onProgress = () => undefined;
    },
  };
}

/** A moment in words. */
export function describeMoment(moment: Moment): string {
  switch (moment.on) {
    case 'time':
      return `at ${Math.round(moment.part * 100)} % of the time`;
    case 'bytes':
      return `at ${Math.round(moment.part * 100)} % of the bytes`;
    case 'statement':
      return `${moment.name} (${moment.nth}${moment.delayMs === 0 ? '' : `, +${moment.delayMs} ms`})`;
  }
}
