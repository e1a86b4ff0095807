import { useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { Filter, TitleQuery } from './title-query.ts';

interface PresetsProps {
  readonly query: TitleQuery;
  readonly from: Filter;
  readonly to: Filter;
  readonly presets: readonly (readonly [label: string, from: string, to: string])[];
}

/**
 * A range of two numbers, with buttons for usual ones. What is typed counts as soon as the field is
 * left or Enter is pressed; a range that starts above its end is refused at once.
 *
 * @param presets label, start and end; an empty text leaves that end open
 */
export function RangeFilter({
  query,
  title,
  from,
  to,
  max,
  step = 1,
  presets,
}: PresetsProps & {
  readonly title: string;
  readonly max: number;
  readonly step?: number;
}): ReactNode {
  const id = useId();
  const { [from]: low = '', [to]: high = '' } = query.filters;
  const [typed, setTyped] = useState({ low, high, since: { low, high } });
  // reset the inputs when the URL changes
  if (typed.since.low !== low || typed.since.high !== high)
    setTyped({ low, high, since: { low, high } });
  const isCrossed = typed.low !== '' && typed.high !== '' && Number(typed.low) > Number(typed.high);
  const apply = () => {
    if (!isCrossed && (typed.low !== low || typed.high !== high))
      query.change({ [from]: typed.low, [to]: typed.high });
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
function Presets({ query, from, to, presets }: PresetsProps): ReactNode {
  const { [from]: low = '', [to]: high = '' } = query.filters;
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
              query.change(isChosen ? { [from]: null, [to]: null } : { [from]: first, [to]: last })
            }
          >
            {text}
          </button>
        );
      })}
    </div>
  );
}
