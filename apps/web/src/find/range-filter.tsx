import { useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import { decades } from '../decades.ts';

type Preset = readonly [label: string, from: string, to: string];

/** Number of decades, the newest ones, that are offered as ranges of years. */
const DECADES = 8;

/** Ranges of years that are offered. */
export const YEAR_PRESETS: readonly Preset[] = decades()
  .slice(0, DECADES)
  .map((decade) => [`${decade}s`, String(decade), String(decade + 9)]);

/** Ranges of ratings that are offered. */
export const RATING_PRESETS: readonly Preset[] = ['6', '7', '8', '9'].map((least) => [
  `${least}+`,
  least,
  '',
]);

/** The filters of a list, and how they are changed. */
export interface RangeQuery<F extends string> {
  readonly filters: Readonly<Partial<Record<F, string>>>;
  readonly change: (changes: Partial<Record<F, string | null>>) => void;
}

interface PresetsProps<F extends string> {
  readonly query: RangeQuery<F>;
  readonly from: F;
  readonly to: F;
  readonly presets: readonly Preset[];
}

/**
 * A range of two numbers, with buttons for usual ones. What is typed counts as soon as the field is
 * left or Enter is pressed; a range that starts above its end is refused at once.
 *
 * @param presets label, start and end; an empty text leaves that end open
 */
export function RangeFilter<F extends string>({
  query,
  title,
  from,
  to,
  max,
  step = 1,
  presets,
}: PresetsProps<F> & {
  readonly title: string;
  readonly max: number;
  readonly step?: number;
}): ReactNode {
  const id = useId();
  const low = query.filters[from] ?? '';
  const high = query.filters[to] ?? '';
  const [typed, setTyped] = useState({ low, high, since: { low, high } });
  // reset the inputs when the URL changes
  if (typed.since.low !== low || typed.since.high !== high)
    setTyped({ low, high, since: { low, high } });
  const isCrossed = typed.low !== '' && typed.high !== '' && Number(typed.low) > Number(typed.high);
  const apply = () => {
    if (!isCrossed && (typed.low !== low || typed.high !== high))
      query.change(range(from, to, typed.low, typed.high));
  };
  const input = (end: 'low' | 'high', word: 'from' | 'to') => (
    <input
      type="number"
      min={0}
      max={max}
      step={step}
      aria-label={`${title} ${word}`}
      aria-invalid={isCrossed}
      aria-describedby={isCrossed ? id : undefined}
      placeholder={word}
      value={typed[end]}
      onChange={({ target }) => setTyped({ ...typed, [end]: target.value })}
      onBlur={apply}
      onKeyDown={({ key }: KeyboardEvent) => {
        if (key === 'Enter') apply();
      }}
    />
  );
  return (
    <fieldset className="range">
      <legend>{title}</legend>
      <Presets {...{ query, from, to, presets }} />
      <div className="ends">
        {input('low', 'from')}
        <span aria-hidden="true">–</span>
        {input('high', 'to')}
      </div>
      {isCrossed ? (
        <p id={id} role="alert">
          {typed.low} is above {typed.high}.
        </p>
      ) : null}
    </fieldset>
  );
}

/** Usual ranges, of which one can be chosen; a second click takes it back. */
function Presets<F extends string>({ query, from, to, presets }: PresetsProps<F>): ReactNode {
  const low = query.filters[from] ?? '';
  const high = query.filters[to] ?? '';
  return (
    <div className="chips">
      {presets.map(([text, first, last]) => {
        const isChosen = low === first && high === last;
        return (
          <button
            key={text}
            type="button"
            className={isChosen ? 'chip chosen' : 'chip'}
            aria-pressed={isChosen}
            onClick={() =>
              query.change(isChosen ? range(from, to, null, null) : range(from, to, first, last))
            }
          >
            {text}
          </button>
        );
      })}
    </div>
  );
}

function range<F extends string>(
  from: F,
  to: F,
  low: string | null,
  high: string | null,
): Partial<Record<F, string | null>> {
  const changes: Partial<Record<F, string | null>> = {};
  changes[from] = low;
  changes[to] = high;
  return changes;
}
