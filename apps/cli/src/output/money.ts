/** An amount in US dollars: `$1,234`, or `-$1,234`; nothing for none. */
export function dollars(amount: number | null | undefined): string | null {
  if (amount === null || amount === undefined) return null;
  return `${amount < 0 ? '-' : ''}$${Math.abs(amount).toLocaleString('en-US')}`;
}
