/** What tests read of an answer: each tool has some of these. */
export interface Answer {
  readonly items?: readonly Line[];
  readonly title?: Line;
  readonly person?: Line;
  readonly people?: readonly Line[];
  readonly directors?: readonly Line[];
  readonly cast?: readonly Line[];
  readonly names?: readonly { readonly name: string; readonly region?: string }[];
  readonly similar?: readonly Line[];
  readonly works?: readonly Line[];
  readonly knownFor?: readonly Line[];
  readonly colleagues?: readonly Line[];
  readonly seasons?: readonly Season[];
  readonly episodes?: readonly Line[];
  readonly path?: readonly Step[];
  readonly shared?: { readonly total: number; readonly titles: readonly Line[] };
  readonly degrees?: number;
  readonly total?: number;
  readonly state?: string;
  readonly more?: string;
}

/** A title or a person of an answer. */
export interface Line {
  readonly id: string;
  readonly title?: string;
  readonly name?: string;
  readonly year?: number;
  readonly minutes?: number;
  readonly rating?: number;
  readonly votes?: number;
  readonly did?: string;
  readonly as?: string;
  readonly born?: number;
  readonly died?: number;
  readonly seasons?: number;
  readonly episodes?: number;
  readonly episode?: number;
  readonly episodeOf?: string;
  readonly sharedTitles?: number;
  readonly titles?: number;
  readonly works?: number;
  readonly roles?: string;
}

interface Season {
  readonly season?: number;
  readonly episodes: number;
  readonly meanRating?: number;
}

interface Step {
  readonly from: Line;
  readonly title: Line;
  readonly to: Line;
}

/** Calls a tool. @throws Error with the text of the answer if it is an error */
export type Ask = (tool: string, given: Readonly<Record<string, unknown>>) => Promise<Answer>;
