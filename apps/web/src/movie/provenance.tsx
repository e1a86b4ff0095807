import type { FieldExplanation, MergedField, Movie } from '@marquee/contract';
import { useState, type ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { Section } from '../design/section.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { useMayOperate } from '../sign-in.tsx';
import { useSourceNames } from '../sources.ts';
import { LockSheet } from './lock-sheet.tsx';
import { SourceCredits } from './source-credits.tsx';
import { FIELD_LABELS, fieldLabel, originWords, ruleWords, valueWords } from './words.ts';

/** Characters of a value that the table shows; the title of the cell has all of it. */
const VALUE_SHOWN = 160;

/** Each field of a movie with its value, where that comes from, and what lost. */
export function ProvenanceSection({ movie }: { readonly movie: Movie }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <Section title="Where this comes from">
      <SourceCredits sources={movie.sources} />
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>All fields: their values, sources, and what was not used</summary>
        {isOpen ? <FieldTable movie={movie} /> : null}
      </details>
    </Section>
  );
}

function FieldTable({ movie }: { readonly movie: Movie }): ReactNode {
  const [edited, edit] = useState<MergedField | null>(null);
  const mayOperate = useMayOperate();
  const explained = useApi('explanation', `/movies/${movie.id}/explain`);
  if (explained.isPending) return <Loading what="the fields" room="40rem" />;
  if (explained.isLoadingError) return <ErrorMessage error={explained.error} />;
  const byField = new Map(explained.data.fields.map((one) => [one.field, one]));
  // an operator can set what no source has
  const fields = (Object.keys(FIELD_LABELS) as MergedField[]).filter(
    (field) => mayOperate || byField.has(field),
  );
  return (
    <>
      <table className="fitting provenance">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Value</th>
            <th scope="col">From</th>
            <th scope="col">Not used</th>
            {mayOperate ? (
              <th scope="col">
                <span className="sr">Change</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <FieldRow
              key={field}
              field={field}
              explained={byField.get(field)}
              onEdit={mayOperate ? () => edit(field) : undefined}
            />
          ))}
        </tbody>
      </table>
      {edited === null ? null : (
        <LockSheet
          movie={movie}
          field={edited}
          isLocked={byField.get(edited)?.rule === 'lock'}
          onClose={() => edit(null)}
        />
      )}
    </>
  );
}

function FieldRow({
  field,
  explained,
  onEdit,
}: {
  readonly field: MergedField;
  /** Undefined if no source has the field. */
  readonly explained: FieldExplanation | undefined;
  readonly onEdit: (() => void) | undefined;
}): ReactNode {
  const nameOf = useSourceNames();
  const label = fieldLabel(field);
  return (
    <tr>
      <th scope="row">{label}</th>
      <td data-label="Value">
        <Value text={valueWords(field, explained?.value)} />
      </td>
      <td data-label="From">
        {explained === undefined ? (
          <span className="muted">no source has it</span>
        ) : (
          <>
            {originWords(explained, nameOf)}{' '}
            <small className="muted">{ruleWords(explained.rule)}</small>
          </>
        )}
      </td>
      <td data-label="Not used">
        {(explained?.lost ?? []).map((lost) => (
          <p key={`${lost.source} ${lost.record}`}>
            {nameOf(lost.source)}: <Value text={valueWords(field, lost.value)} />
          </p>
        ))}
      </td>
      {onEdit === undefined ? null : (
        <td>
          <button
            type="button"
            className="quiet"
            aria-label={`Set a value: ${label}`}
            onClick={onEdit}
          >
            Set a value
          </button>
        </td>
      )}
    </tr>
  );
}

function Value({ text }: { readonly text: string }): ReactNode {
  return text.length <= VALUE_SHOWN ? (
    text
  ) : (
    <span title={text}>{text.slice(0, VALUE_SHOWN)} …</span>
  );
}
