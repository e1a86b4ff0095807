import type { MergedField, Movie } from '@marquee/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode, type SyntheticEvent } from 'react';
import { deleteResource, putJson } from '../api-client.ts';
import { Sheet } from '../design/sheet.tsx';
import { ErrorMessage } from '../feedback.tsx';
import { inputOf, parseValue, typedValue } from './lock-value.ts';
import { fieldLabel } from './words.ts';

/** Entry of a value that stays whatever sources say, or of none; and its removal. */
export function LockSheet({
  movie,
  field,
  isLocked,
  onClose,
}: {
  readonly movie: Movie;
  readonly field: MergedField;
  readonly isLocked: boolean;
  readonly onClose: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const [value, setValue] = useState(() => typedValue(field, movie[field]));
  const [isEmpty, setEmpty] = useState(false);
  const [note, setNote] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const path = `/movies/${movie.id}/locks/${field}`;
  const done = () => {
    onClose();
    void queries.invalidateQueries({ queryKey: ['movie'] });
  };
  const lock = useMutation({
    mutationFn: async (locked: unknown) =>
      putJson(path, { value: locked, ...(note.trim() === '' ? {} : { note: note.trim() }) }),
    onSuccess: done,
  });
  const unlock = useMutation({ mutationFn: async () => deleteResource(path), onSuccess: done });
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    try {
      setFault(null);
      lock.mutate(isEmpty ? null : parseValue(field, value));
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  };
  const error = lock.error ?? unlock.error;
  return (
    <Sheet title={`Set a value: ${fieldLabel(field)}`} onClose={onClose}>
      <form className="lock-form" onSubmit={submit}>
        <p className="muted">
          It stays as it is here, whatever the sources say, until you remove it.
        </p>
        <ValueInput field={field} value={value} isDisabled={isEmpty} onChange={setValue} />
        <label className="check">
          <input
            type="checkbox"
            checked={isEmpty}
            onChange={({ target }) => setEmpty(target.checked)}
          />{' '}
          Leave it empty
        </label>
        <label>
          Note
          <input
            value={note}
            placeholder="why, for others"
            maxLength={500}
            onChange={({ target }) => setNote(target.value)}
          />
        </label>
        {fault === null ? null : <p role="alert">{fault}</p>}
        {error === null ? null : <ErrorMessage error={error} />}
        <div className="actions">
          <button type="submit" className="primary" disabled={lock.isPending}>
            {lock.isPending ? 'Setting …' : 'Set this value'}
          </button>
          {isLocked ? (
            <button type="button" disabled={unlock.isPending} onClick={() => unlock.mutate()}>
              Remove what was set
            </button>
          ) : null}
        </div>
      </form>
    </Sheet>
  );
}

function ValueInput({
  field,
  value,
  isDisabled,
  onChange,
}: {
  readonly field: MergedField;
  readonly value: string;
  readonly isDisabled: boolean;
  readonly onChange: (value: string) => void;
}): ReactNode {
  const kind = inputOf(field);
  const shared = { value, disabled: isDisabled };
  const label =
    kind === 'list' ? 'Values, separated by commas' : kind === 'json' ? 'JSON' : 'Value';
  return (
    <label>
      {label}
      {kind === 'boolean' ? (
        <select {...shared} onChange={({ target }) => onChange(target.value)}>
          <option value="true">yes</option>
          <option value="false">no</option>
        </select>
      ) : kind === 'json' || kind === 'long' ? (
        <textarea {...shared} rows={8} onChange={({ target }) => onChange(target.value)} />
      ) : (
        <input
          {...shared}
          type={kind === 'date' ? 'date' : 'text'}
          inputMode={kind === 'number' ? 'numeric' : undefined}
          autoFocus
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </label>
  );
}
