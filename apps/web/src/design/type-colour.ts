import type { CSSProperties } from 'react';

/** Hue of each title type, in degrees of OKLCH. Related types have related hues. */
const HUES: Readonly<Record<string, number>> = {
  movie: 12,
  tvMovie: 38,
  video: 62,
  tvSpecial: 85,
  short: 125,
  tvShort: 145,
  videoGame: 165,
  tvEpisode: 215,
  tvSeries: 255,
  tvMiniSeries: 285,
  tvPilot: 315,
};

/** Types in the order in which legends and stacks show them. */
export const TYPE_ORDER: readonly string[] = [
  'movie',
  'tvSeries',
  'tvMiniSeries',
  'tvEpisode',
  'tvMovie',
  'short',
  'tvShort',
  'tvSpecial',
  'video',
  'videoGame',
  'tvPilot',
];

/** The variables that colour an element of class `hued` by type; an unknown type is grey. */
export function typeStyle(titleType: string | null | undefined): CSSProperties {
  const hue = HUES[titleType ?? ''];
  return hue === undefined ? { '--hue': 0, '--chroma': 0 } : { '--hue': hue };
}

/** Colour of a type for the marks of a chart, in both schemes. */
export function typeColour(titleType: string | null | undefined): string {
  const hue = HUES[titleType ?? ''];
  const chroma = hue === undefined ? 0 : 0.14;
  return `light-dark(oklch(0.6 ${chroma} ${hue ?? 0}), oklch(0.74 ${chroma} ${hue ?? 0}))`;
}
