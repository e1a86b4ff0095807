import { isStatement, STATEMENT_NAMES, type StatementName } from './statements.ts';

/**
 * What triggers a fault during a run: a fraction of its usual time, a fraction of all bytes sent,
 * or a statement, with a short delay.
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

/** Trigger names of the report. */
export const TRIGGER_NAMES = ['time', 'bytes', ...STATEMENT_NAMES] as const;
type TriggerName = (typeof TRIGGER_NAMES)[number];

/** Name of a trigger in the report. */
export function triggerName(trigger: Trigger): TriggerName {
  return trigger.on === 'statement' ? trigger.name : trigger.on;
}

/** Reports lines of PostgreSQL's log. */
interface StatementSource {
  onStatement: (line: string) => void;
}
interface ByteSource {
  onProgress: (part: number) => void;
}

/** A trigger that has been set up. */
interface PendingTrigger {
  hasCome(): boolean;
  end(): void;
}

/**
 * Sets up a trigger for the run that starts now; calls `act` once.
 *
 * @param baselineMs usual duration of such a run
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

/** Describes a trigger. */
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
