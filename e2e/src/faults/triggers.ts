import { isStatement, STATEMENT_NAMES, type StatementName } from './statements.ts';

/**
 * When in a run a fault comes: after a part of its baseline time, after a part of all bytes was sent,
 * or soon after a statement has begun.
 */
export type Trigger =
  | { readonly on: 'time'; readonly part: number }
  | { readonly on: 'bytes'; readonly part: number }
  | {
      readonly on: 'statement';
      readonly name: StatementName;
      readonly nth: number;
      readonly delayMs: number;
    };

/** The moments that the report counts apart. */
export const TRIGGER_NAMES = ['time', 'bytes', ...STATEMENT_NAMES] as const;
export type TriggerName = (typeof TRIGGER_NAMES)[number];

/** As what the report counts a trigger. */
export function triggerName(trigger: Trigger): TriggerName {
  return trigger.on === 'statement' ? trigger.name : trigger.on;
}

/** What tells of a run's course. */
export interface StatementSource {
  onStatement: (line: string) => void;
}
export interface ByteSource {
  onProgress: (part: number) => void;
}

/** A wait for a trigger. */
export interface PendingTrigger {
  hasCome(): boolean;
  end(): void;
}

/**
 * Waits for a trigger of the run that begins now, and then acts once.
 *
 * @param baselineMs how long such a run takes
 */
export function onTrigger(
  trigger: Trigger,
  {
    course,
    sending,
    baselineMs,
  }: { course: StatementSource; sending: ByteSource; baselineMs: number },
  act: () => void,
): PendingTrigger {
  let hasCome = false;
  let timer: NodeJS.Timeout | undefined;
  const come = () => {
    if (hasCome) return;
    hasCome = true;
    act();
  };
  if (trigger.on === 'time') timer = setTimeout(come, trigger.part * baselineMs);
  if (trigger.on === 'bytes') {
    sending.onProgress = (part) => {
      if (part >= trigger.part) come();
    };
  }
  if (trigger.on === 'statement') {
    let seen = 0;
    course.onStatement = (line) => {
      if (!isStatement(trigger.name, line)) return;
      seen++;
      if (seen !== trigger.nth) return;
      if (trigger.delayMs === 0) come();
      else timer = setTimeout(come, trigger.delayMs);
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

/** A trigger in words. */
export function describeTrigger(trigger: Trigger): string {
  switch (trigger.on) {
    case 'time':
      return `at ${Math.round(trigger.part * 100)} % of the time`;
    case 'bytes':
      return `at ${Math.round(trigger.part * 100)} % of the bytes`;
    case 'statement':
      return `${trigger.name} (${trigger.nth}${trigger.delayMs === 0 ? '' : `, +${trigger.delayMs} ms`})`;
  }
}
