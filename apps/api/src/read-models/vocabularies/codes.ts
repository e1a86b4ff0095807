/** IMDb's own codes of regions, and those of states that are gone. */
const OTHER_REGIONS = {
  AN: 'Netherlands Antilles',
  BUMM: 'Burma',
  CSHH: 'Czechoslovakia',
  CSXX: 'Serbia and Montenegro',
  DDDE: 'East Germany',
  SUHH: 'Soviet Union',
  VDVN: 'North Vietnam',
  XAS: 'Asia',
  XAU: 'Australasia',
  XEU: 'Europe',
  XKO: 'Korea',
  XKV: 'Kosovo',
  XNA: 'North America',
  XPI: 'Palestine',
  XSA: 'South America',
  XSI: 'Siam',
  XWG: 'West Germany',
  XWW: 'World-wide',
  XYU: 'Yugoslavia',
  YUCS: 'Federal Republic of Yugoslavia',
  ZRCD: 'Zaire',
};

/** IMDb's own codes of languages, and those that Unicode merges with another. */
const OTHER_LANGUAGES = {
  cmn: 'Mandarin',
  prs: 'Dari',
  qac: 'Aboriginal languages of Canada',
  qal: 'Algonquian languages',
  qbn: 'Flemish',
  qbo: 'Serbo-Croatian',
  qbp: 'Brazilian Portuguese',
  sh: 'Serbo-Croatian',
  tl: 'Tagalog',
};

/** The codes of a vocabulary, and words that people write for them. */
export interface Codes {
  /** Whether a code is in use. */
  readonly isCode: (text: string) => boolean;
  /**
   * Codes by English name and by other code, in lower case. The first call names every combination
   * of letters, which takes a third of a second for languages: only suggestions need it.
   */
  readonly byName: () => Readonly<Record<string, string>>;
}

/** The codes of regions: two letters of ISO 3166, and {@link OTHER_REGIONS}. */
export const REGIONS = codesOf(
  'region',
  { form: /^[A-Z]{2}$/u, all: () => combinations(2).map((letters) => letters.toUpperCase()) },
  OTHER_REGIONS,
  {
    usa: 'US',
    america: 'US',
    uk: 'GB',
    gbr: 'GB',
    england: 'GB',
    britain: 'GB',
    ussr: 'SUHH',
    su: 'SUHH',
    ger: 'DE',
    deu: 'DE',
    fra: 'FR',
    ita: 'IT',
    esp: 'ES',
    jpn: 'JP',
    holland: 'NL',
    czechia: 'CZ',
    'czech republic': 'CZ',
    'hong kong': 'HK',
    korea: 'KR',
    turkey: 'TR',
    world: 'XWW',
    worldwide: 'XWW',
  },
);

/** The codes of languages: of ISO 639, the shortest of each, and {@link OTHER_LANGUAGES}. */
export const LANGUAGES = codesOf(
  'language',
  { form: /^[a-z]{2,3}$/u, all: () => [...combinations(2), ...combinations(3)] },
  OTHER_LANGUAGES,
  { jp: 'ja', cn: 'zh', kr: 'ko', farsi: 'fa', flemish: 'qbn', mandarin: 'cmn' },
);

/** All words of some letters. */
function combinations(length: number): string[] {
  const letters = Array.from({ length: 26 }, (_, i) => String.fromCodePoint(97 + i));
  return length === 0
    ? ['']
    : combinations(length - 1).flatMap((start) => letters.map((letter) => start + letter));
}

/** Texts that may be codes. */
interface Candidates {
  readonly form: RegExp;
  readonly all: () => string[];
}

function codesOf(
  type: 'region' | 'language',
  candidates: Candidates,
  others: Readonly<Record<string, string>>,
  words: Readonly<Record<string, string>>,
): Codes {
  const names = new Intl.DisplayNames('en', { type, fallback: 'none' });
  const nameCodes = () => {
    const named = candidates.all().flatMap((code) => {
      const name = names.of(code);
      return name === undefined ? [] : [{ code, name, current: currentCode(type, code) }];
    });
    const current = named.filter((one) => one.code === one.current);
    const replaced = named.filter((one) => one.code !== one.current);
    const lower = (entries: readonly (readonly [name: string, code: string])[]) =>
      Object.fromEntries(entries.map(([name, code]) => [name.toLowerCase(), code]));
    return {
      ...lower(replaced.map((one) => [one.code, one.current])),
      ...lower(Object.entries(others).map(([code, name]) => [name, code])),
      ...lower(current.map(({ code, name }) => [name, code])),
      ...words,
    };
  };
  let byName: Readonly<Record<string, string>> | null = null;
  return {
    isCode: (text) =>
      Object.hasOwn(others, text) ||
      (candidates.form.test(text) &&
        names.of(text) !== undefined &&
        currentCode(type, text) === text),
    byName: () => (byName ??= nameCodes()),
  };
}

/** The code that has replaced one, as GB has UK; else the code itself. */
function currentCode(type: 'region' | 'language', code: string): string {
  const locale = new Intl.Locale(type === 'region' ? `und-${code}` : code);
  return (type === 'region' ? locale.region : locale.language) ?? code;
}
