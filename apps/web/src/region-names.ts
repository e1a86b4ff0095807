/**
 * Names of the regions of IMDb that ISO 3166-1 lacks: IMDb's own codes, which begin with X, and
 * former states by their codes of ISO 3166-3.
 */
export const REGION_NAMES: Readonly<Record<string, string>> = {
  XWW: 'Worldwide',
  XAF: 'Africa',
  XAS: 'Asia',
  XEU: 'Europe',
  XNA: 'North America',
  XSA: 'South America',
  XKO: 'Korea',
  XKV: 'Kosovo',
  XPI: 'Palestine',
  XSI: 'Siam',
  XWG: 'West Germany',
  XYU: 'Yugoslavia',
  AN: 'Netherlands Antilles',
  BUMM: 'Burma',
  BYAA: 'Byelorussian SSR',
  CSHH: 'Czechoslovakia',
  CSXX: 'Serbia and Montenegro',
  DDDE: 'East Germany',
  HVBF: 'Upper Volta',
  RHZW: 'Southern Rhodesia',
  SUHH: 'Soviet Union',
  TPTL: 'East Timor',
  VDVN: 'North Vietnam',
  YDYE: 'South Yemen',
  YUCS: 'Federal Republic of Yugoslavia',
  ZRCD: 'Zaire',
};

/** Names of languages that have codes of IMDb's own, from the range that ISO 639 leaves free. */
export const LANGUAGE_NAMES: Readonly<Record<string, string>> = {
  qaa: 'Visayan',
  qab: 'Hokkien',
  qac: 'Aboriginal languages',
  qad: 'Shanghainese',
  qae: 'Sámi',
  qak: 'Teochew',
  qbn: 'Flemish',
  qbo: 'Serbo-Croatian',
};
