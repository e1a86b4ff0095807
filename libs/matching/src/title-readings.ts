import { articleFirst, normalForm } from '@marquee/search';

/** A title as another source has it, taken apart. */
export interface TitleReadings {
  /** Texts in normal form, the likeliest first: all may be names of the title. */
  readonly texts: readonly string[];
  /** Parts of the title, in normal form: without a subtitle, or without the name of its maker. */
  readonly parts: readonly string[];
  /** The year in brackets at the end of the title. */
  readonly year: number | null;
}

const YEAR_AT_END = /\s*[([]((?:18[7-9]|19\d|20\d)\d)(?:\s*[-–]\s*\d{0,4})?[)\]]\s*$/u;
const IN_BRACKETS = /\s*[([]([^()[\]]*)[)\]]/gu;
const ALSO_KNOWN_AS = /^a\.?k\.?a\.?\s+/iu;
/** The separator of a title and its subtitle. */
const SUBTITLE = /\s*:\s+|\s+[-–—]\s+/gu;
/** `Ada Winter's The Long Night`, but not `The Winter's Night`. */
const MAKER = /^(?!(?:the|a|an|my|our|your) )[\p{L}.]+(?: [\p{L}.&]+){1,3}['’]s\s+/iu;
/** `Part IV` before a subtitle. */
const COUNTED_PART =
  /,? (?:part|chapter|episode|vol\.?|volume) (?:\d+|[ivx]+|\w+)(\s*:\s+|\s+[-–—]\s+)/giu;
const MAX_PARTS = 6;

/** All readings of a title: as it stands, without what is in brackets, and that alone. */
export function titleReadings(title: string): TitleReadings {
  const [ending, year] = YEAR_AT_END.exec(title) ?? [];
  const whole = ending === undefined || ending === title ? title : title.slice(0, -ending.length);
  const alone = whole.replaceAll(IN_BRACKETS, ' ').trim();
  const inside = [...whole.matchAll(IN_BRACKETS)].map(([, text = '']) =>
    text.replace(ALSO_KNOWN_AS, ''),
  );
  const names = [alone, whole, ...inside].map((text) => articleFirst(text.trim()));
  const texts = normalForms(names);
  const parts = names.flatMap((name) => [
    ...partsOf(name),
    name.replace(MAKER, ''),
    name.replace(COUNTED_PART, '$1'),
  ]);
  return {
    texts,
    parts: normalForms(parts)
      .filter((part) => !texts.includes(part))
      .slice(0, MAX_PARTS),
    year: ending === title || year === undefined ? null : Number(year),
  };
}

/** What stands before and behind each separator. */
function partsOf(name: string): string[] {
  return [...name.matchAll(SUBTITLE)].flatMap(({ 0: separator, index }) => [
    name.slice(0, index),
    name.slice(index + separator.length),
  ]);
}

function normalForms(texts: readonly string[]): string[] {
  // most readings of a title are the same
  const forms = [...new Set(texts)].map((text) => normalForm(text));
  return [...new Set(forms)].filter((text) => text !== '');
}
