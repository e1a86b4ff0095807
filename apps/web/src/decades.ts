const FIRST_DECADE = 1890;

/** The first years of the decades that have a page, newest first. */
export function decades(): number[] {
  const newest = Math.floor(new Date().getFullYear() / 10) * 10;
  return Array.from(
    { length: (newest - FIRST_DECADE) / 10 + 1 },
    (_, index) => newest - index * 10,
  );
}

/** The filter by the years of a decade, as parameters of the API and of the page Find. */
export function yearsOfDecade(decade: number): string {
  return `startYearFrom=${decade}&startYearTo=${decade + 9}`;
}
