/** Articles that sorted titles have behind a comma. Longer words are none: Live and Let, Die. */
const ARTICLES = [
  ...['The', 'A', 'An', 'La', 'Le', 'Les', "L'", 'L’', 'Un', 'Une', 'Il', 'Lo', 'I', 'Gli', 'Una'],
  ...['El', 'Los', 'Las', 'Der', 'Die', 'Das', 'Ein', 'Eine', 'O', 'Os', 'As', 'De', 'Het', 'Den'],
  ...['Det', 'En', 'Ett', 'Et'],
];
const SORTED = new RegExp(`^(.+), (${ARTICLES.join('|')})$`, 'iu');
/** Articles without which English titles are found. */
const ENGLISH = /^(?:the|a|an) (?=.)/u;

/** Puts the article of a sorted title to the front: `Long Winter, The` is `The Long Winter`. */
export function articleFirst(title: string): string {
  const found = SORTED.exec(title);
  if (found === null) return title;
  const [, rest = '', article = ''] = found;
  return /['’]$/u.test(article) ? `${article}${rest}` : `${article} ${rest}`;
}

/** Texts in normal form, each with and without an article, by which titles are found. */
export function articleForms(texts: readonly string[]): string[] {
  const forms = texts.flatMap((text) => {
    const bare = withoutArticle(text);
    return [text, bare, ...(bare === text ? [`the ${text}`] : [])];
  });
  return [...new Set(forms)];
}

/** A text in normal form without the English article at its beginning. */
export function withoutArticle(text: string): string {
  return text.replace(ENGLISH, '');
}
