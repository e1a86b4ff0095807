import { keepPreviousData, useQuery } from '@tanstack/react-query';
import {
  useEffect,
  useId,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type RefObject,
  type SyntheticEvent,
} from 'react';
import type { Suggestion } from '@marquee/contract';
import { imdbIdOf } from '@marquee/contract/imdb-id';
import { Link, useLocation } from 'wouter';
import { getJson } from './api-client.ts';
import { Tile } from './design/tile.tsx';
import { typeStyle } from './design/type-colour.ts';
import { nextChoice } from './suggestion-choice.ts';
import { joinFacts, episodePosition, labelOf } from './format.ts';

const DEBOUNCE_MS = 120;

interface SearchBoxProps {
  readonly label: string;
  /** Only titles, or only names. Default: both. */
  readonly kind?: Suggestion['kind'];
  readonly autoFocus?: boolean;
  /** Whether `/` and Ctrl-K move the focus here. */
  readonly hasShortcut?: boolean;
  /** The query of the page; the box shows it until the user types. */
  readonly query?: string;
  /** Where a suggestion leads. */
  readonly hrefOf: (chosen: Pick<Suggestion, 'kind' | 'id'>) => string;
  /** Where all results of the text are, if there is such a page. */
  readonly hrefOfAll?: (text: string) => string;
}

/** Where a suggestion leads by default: to its page. */
export function pageOf({ kind, id }: Pick<Suggestion, 'kind' | 'id'>): string {
  return `/${kind}/${id}`;
}

/** The page with all results of a text. */
export function resultsOf(text: string): string {
  return `/find?q=${encodeURIComponent(text)}`;
}

/**
 * A search box with suggestions, after the ARIA pattern of a combobox with a listbox: arrows move,
 * Enter chooses, Escape closes. The suggestions are links, which can be opened in a new tab. An
 * IMDb id or an address at imdb.com leads straight to its page.
 */
export function SearchBox({
  label,
  kind,
  autoFocus = false,
  hasShortcut = false,
  query = '',
  hrefOf,
  hrefOfAll,
}: SearchBoxProps): ReactNode {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [, navigate] = useLocation();
  const [text, setText] = useTypedText(query);
  const { isOpen, isTouched, active, open, close, move } = useOptions();
  const items = useSuggestions(isTouched ? text : '', kind);
  const all = hrefOfAll === undefined || text.trim() === '' ? undefined : hrefOfAll(text.trim());
  const hrefs = [...items.map(hrefOf), ...(all === undefined ? [] : [all])];
  const shown = isOpen && text.trim() !== '' && items.length > 0;
  useShortcut(input, hasShortcut);

  const leave = (href: string) => {
    close();
    if (href !== all) setText('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && shown) {
      // the first Escape only closes the list; the browser would clear the text too
      event.preventDefault();
      close();
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    move(event.key === 'ArrowDown' ? 1 : -1, hrefs.length);
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    // a pasted id needs no search, and no suggestion that is still on its way
    const known = imdbIdOf(text);
    const href = (shown ? hrefs[active] : undefined) ?? (known ? hrefOf(known) : all);
    if (href === undefined) return;
    leave(href);
    navigate(href);
  };
  return (
    <form className="search" role="search" aria-label={label} onSubmit={submit}>
      <input
        ref={input}
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
          open();
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      {hasShortcut ? <kbd aria-hidden="true">/</kbd> : null}
      <SuggestionList
        id={id}
        items={items}
        hrefs={hrefs}
        active={active}
        isShown={shown}
        allText={all === undefined ? undefined : text.trim()}
        onLeave={leave}
      />
    </form>
  );
}

/** Whether the list is open, and which option of it is active; -1 is the text itself. */
function useOptions() {
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  // a page that opens with a query asks for no suggestions
  const [isTouched, setTouched] = useState(false);
  const show = (isShown: boolean) => {
    setOpen(isShown);
    setActive(-1);
  };
  const open = () => {
    setTouched(true);
    show(true);
  };
  const move = (step: 1 | -1, options: number) => {
    setTouched(true);
    setOpen(true);
    setActive((now) => nextChoice(now, step, options));
  };
  return { isOpen, isTouched, active, open, close: () => show(false), move };
}

/** The suggestions as links, and at their end the link to all results. */
function SuggestionList({
  id,
  items,
  hrefs,
  active,
  isShown,
  allText,
  onLeave,
}: {
  readonly id: string;
  readonly items: readonly Suggestion[];
  /** Where each of them leads, the link to all results last. */
  readonly hrefs: readonly string[];
  readonly active: number;
  readonly isShown: boolean;
  /** The text whose results the last link shows; undefined without such a link. */
  readonly allText: string | undefined;
  readonly onLeave: (href: string) => void;
}): ReactNode {
  const optionOf = (index: number) => ({
    id: `${id}-${index}`,
    href: hrefs[index] ?? '',
    selected: index === active,
    onLeave,
  });
  return (
    <div
      id={`${id}-list`}
      className="suggestions"
      role="listbox"
      aria-label="Suggestions"
      hidden={!isShown}
    >
      {items.map((item, index) => (
        <Option key={item.id} {...optionOf(index)}>
          <SuggestionText item={item} />
        </Option>
      ))}
      {allText === undefined ? null : (
        <Option {...optionOf(items.length)} className="all-results">
          All results for “{allText}”
        </Option>
      )}
    </div>
  );
}

/** The typed text, reset to the query of the page whenever that changes. */
function useTypedText(query: string): [text: string, setText: (text: string) => void] {
  const [typed, setTyped] = useState({ text: query, since: query });
  if (typed.since !== query) setTyped({ text: query, since: query });
  return [typed.text, (text) => setTyped({ text, since: query })];
}

/** `/` outside of a text field, and Ctrl-K or Cmd-K anywhere, move the focus to the box. */
function useShortcut(input: RefObject<HTMLInputElement | null>, isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return undefined;
    const onKey = (event: globalThis.KeyboardEvent) => {
      const isTyping =
        event.target instanceof HTMLElement &&
        event.target.matches('input, textarea, select, [contenteditable]');
      const isControlK = event.key === 'k' && (event.ctrlKey || event.metaKey);
      const isSlash = event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey;
      if (!isControlK && !isSlash) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [input, isOn]);
}

function Option({
  id,
  href,
  selected,
  className,
  onLeave,
  children,
}: {
  readonly id: string;
  readonly href: string;
  readonly selected: boolean;
  readonly className?: string;
  readonly onLeave: (href: string) => void;
  readonly children: ReactNode;
}): ReactNode {
  // otherwise the box loses the focus, and the list closes before the click
  const keepFocus = (event: SyntheticEvent) => event.preventDefault();
  const onClick = ({ ctrlKey, metaKey, shiftKey, altKey }: MouseEvent) => {
    if (!(ctrlKey || metaKey || shiftKey || altKey)) onLeave(href);
  };
  return (
    <Link
      id={id}
      href={href}
      role="option"
      tabIndex={-1}
      aria-selected={selected}
      className={className}
      onMouseDown={keepFocus}
      onClick={onClick}
    >
      {children}
    </Link>
  );
}

function SuggestionText({ item }: { readonly item: Suggestion }): ReactNode {
  const isName = item.kind === 'name';
  return (
    <>
      <span className="hued" style={isName ? undefined : typeStyle(item.titleType)}>
        <Tile text={item.text} shape={isName ? 'person' : 'title'} />
      </span>
      <span>
        {item.text ?? item.id}{' '}
        {item.episodeOf === null ? null : <small>{episodePosition(item.episodeOf)}</small>}
      </span>{' '}
      <small>
        {isName ? 'Person' : joinFacts(labelOf(item.titleType), item.startYear?.toString())}
      </small>
    </>
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
