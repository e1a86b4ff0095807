import type { FieldProvenance, MergedField } from '@marquee/contract';
import { useId, type ReactNode } from 'react';
import { initialsOf } from '../design/initials.ts';
import { useSourceNames } from '../sources.ts';
import { fieldLabel, originWords, ruleWords, valueWords } from './words.ts';

/** Lost values that a popover shows; the table of all fields shows the others. */
const LOST_SHOWN = 3;

/**
 * A small button beside a value: who it is from, and what lost. Nothing without provenance.
 *
 * The popover is the browser's own: Escape and a click elsewhere close it, and the focus returns.
 */
export function SourceMark({
  field,
  provenance,
}: {
  readonly field: MergedField;
  readonly provenance: FieldProvenance | undefined;
}): ReactNode {
  const id = useId();
  const nameOf = useSourceNames();
  if (provenance === undefined) return null;
  const label = fieldLabel(field);
  return (
    <span className="source-mark">
      <button type="button" popoverTarget={id}>
        <span className="sr">{label} comes from: </span>
        {markText(provenance, nameOf)}
      </button>
      <div id={id} popover="auto" role="dialog" aria-label={`${label}: where this comes from`}>
        <p>
          <b>{originWords(provenance, nameOf)}</b>
        </p>
        <p>Rule: {ruleWords(provenance.rule)}.</p>
        <Lost field={field} lost={provenance.lost} nameOf={nameOf} />
      </div>
    </span>
  );
}

/** Initials of the source, or the number of sources. */
function markText({ from, rule }: FieldProvenance, nameOf: (source: string) => string): string {
  if (rule === 'lock') return 'set';
  const sources = [...new Set(from.map(({ source }) => source))];
  return sources.length === 1 ? initialsOf(nameOf(sources[0] ?? '')) : String(sources.length);
}

function Lost({
  field,
  lost,
  nameOf,
}: {
  readonly field: string;
  readonly lost: FieldProvenance['lost'];
  readonly nameOf: (source: string) => string;
}): ReactNode {
  if (lost.length === 0) return null;
  return (
    <>
      <p>Not used:</p>
      <ul>
        {lost.slice(0, LOST_SHOWN).map(({ source, record, value }) => (
          <li key={`${source} ${record}`}>
            {nameOf(source)}: <span className="lost-value">{valueWords(field, value)}</span>
          </li>
        ))}
      </ul>
      {lost.length > LOST_SHOWN ? <p>and {lost.length - LOST_SHOWN} more</p> : null}
    </>
  );
}
