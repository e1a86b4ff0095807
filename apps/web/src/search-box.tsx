import { keepPreviousData, useQuery } from '@tanstack/react-query';
import {
  useEffect,
  useId,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type SyntheticEvent,
} from 'react';
import type { Suggestion } from '@marquee/contract';
import { imdbIdOf, type ImdbId } from '@marquee/contract/imdb-id';
import { getJson } from './api-client.ts';
import { nextChoice } from './suggestion-choice.ts';
import { joinFacts, episodePosition, labelOf } from './format.ts';

const DEBOUNCE_MS = 120;

interface SearchBoxProps {
  readonly label: string;
  /** Only titles, or only names. Default: both. */
  readonly kind?: Suggestion['kind'];
  readonly autoFocus?: boolean;
  /** The query of the page; the box shows it until the user types. */
  readonly query?: string;
  /** Called with the text if it is submitted without choosing a suggestion. */
  readonly onText?: (text: string) => void;
  readonly onPick: (kind: Suggestion['kind'], id: string) => void;
}

/**
 * A search box with suggestions, after the ARIA pattern of a combobox with a listbox: arrows move,
 * Enter chooses, Escape closes.
 */
export function SearchBox({
  label,
  kind,
  autoFocus = false,
  query = '',
  onText,
  onPick,
}: SearchBoxProps): ReactNode {
  const id = useId();
  const [text, setText] = useTypedText(query);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const items = useSuggestions(text, kind);
  const shown = open && text.trim() !== '' && items.length > 0;

  const close = () => {
    setOpen(false);
    setActive(-1);
  };
  const pick = (item: Pick<Suggestion, 'kind' | 'id'>) => {
    close();
    setText('');
    onPick(item.kind, item.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && shown) {
      // the first Escape only closes the list; the browser would clear the text too
      event.preventDefault();
      close();
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    setOpen(true);
    const step = event.key === 'ArrowDown' ? 1 : -1;
    setActive((now) => nextChoice(now, step, items.length));
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const chosen = (shown ? items[active] : undefined) ?? pastedId(text, kind);
    if (chosen !== null) pick(chosen);
    else if (text.trim() !== '') {
      close();
      onText?.(text.trim());
    }
  };
  return (
    <form className="search" role="search" aria-label={label} onSubmit={submit}>
      <input
        type="search"
        role="combobox"
        aria-label={label}
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={shown && active >= 0 ? `${id}-${active}` : undefined}
        placeholder={label}
        autoComplete="off"
        autoFocus={autoFocus}
        maxLength={200}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
          setActive(-1);
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      <ul id={`${id}-list`} role="listbox" aria-label="Suggestions" hidden={!shown}>
        {items.map((item, index) => (
          <Option
            key={item.id}
            id={`${id}-${index}`}
            item={item}
            selected={index === active}
            onPick={() => pick(item)}
          />
        ))}
      </ul>
    </form>
  );
}

/** An id that needs no search, and no suggestion that is still on its way; null for none. */
function pastedId(text: string, kind: SearchBoxProps['kind']): ImdbId | null {
  const found = imdbIdOf(text);
  return found !== null && (kind === undefined || kind === found.kind) ? found : null;
}

/** The typed text, reset to the query of the page whenever that changes. */
function useTypedText(query: string): [text: string, setText: (text: string) => void] {
  const [typed, setTyped] = useState({ text: query, since: query });
  if (typed.since !== query) setTyped({ text: query, since: query });
  return [typed.text, (text) => setTyped({ text, since: query })];
}

function Option({
  id,
  item,
  selected,
  onPick,
}: {
  readonly id: string;
  readonly item: Suggestion;
  readonly selected: boolean;
  readonly onPick: () => void;
}): ReactNode {
  const onMouseDown = (event: SyntheticEvent) => {
    // otherwise the box loses the focus, and the list closes before the click
    event.preventDefault();
    onPick();
  };
  return (
    <li id={id} role="option" aria-selected={selected} onMouseDown={onMouseDown}>
      <span>
        {item.text ?? item.id}{' '}
        {item.episodeOf === null ? null : <small>{episodePosition(item.episodeOf)}</small>}
      </span>{' '}
      <small>
        {item.kind === 'name'
          ? 'Person'
          : joinFacts(labelOf(item.titleType), item.startYear?.toString())}
      </small>
    </li>
  );
}

function useSuggestions(text: string, kind: SearchBoxProps['kind']): readonly Suggestion[] {
  const [query, setQuery] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setQuery(text.trim()), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const { data } = useQuery({
    queryKey: ['suggestions', kind, query],
    queryFn: async ({ signal }) =>
      getJson(
        'suggestions',
        `/suggest?${new URLSearchParams({ q: query, limit: '8', ...(kind === undefined ? {} : { kind }) }).toString()}`,
        signal,
      ),
    enabled: query !== '',
    placeholderData: keepPreviousData,
  });
  return query === '' ? [] : (data?.items ?? []);
}
