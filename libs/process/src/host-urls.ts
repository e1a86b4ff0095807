/** The parameter that holds all hosts but the first, once a URL is folded. */
const HOSTS = 'hosts';

/**
 * A URL with several hosts as a plain one of the first, so that everything can parse it:
 * `postgres://db1/name?hosts=db2:5432`. {@link hostUrls} has the others.
 */
export function foldHosts(text: string): string {
  const [, start = '', hosts = '', end = ''] =
    /^(postgres(?:ql)?:\/\/(?:[^@/?#]*@)?)([^/?#]*)(.*)$/u.exec(text) ?? [];
  const [first = '', ...others] = hosts.split(',');
  if (others.length === 0 || !URL.canParse(`${start}${first}${end}`)) return text;
  const folded = new URL(`${start}${first}${end}`);
  folded.searchParams.set(HOSTS, others.join(','));
  return folded.href;
}

/** The plain URL of each server of a database, in the order in which they are named. */
export function hostUrls(url: string): string[] {
  const first = new URL(url);
  const others = first.searchParams.get(HOSTS)?.split(',') ?? [];
  if (others.length === 0) return [url];
  first.searchParams.delete(HOSTS);
  return [
    first.href,
    ...others.map((host) => {
      const other = new URL(first);
      // the port stays if the host has none
      other.port = '';
      other.host = host;
      return other.href;
    }),
  ];
}
