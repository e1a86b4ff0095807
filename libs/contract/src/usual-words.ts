const split = (list: string): readonly string[] => list.trim().split(/\s+/u);

/** Categories of title.principals. */
const CATEGORIES = split(`
  actor actress archive_footage archive_sound casting_director cinematographer composer director editor
  producer production_designer self writer`);

/** The words in use, in the spelling of the files. Regions and languages are codes: see the API. */
export const USUAL_WORDS = {
  titleType: split(`
    movie short tvEpisode tvMiniSeries tvMovie tvPilot tvSeries tvShort tvSpecial video videoGame`),
  genre: split(`
    Action Adult Adventure Animation Biography Comedy Crime Documentary Drama Family Fantasy Film-Noir
    Game-Show History Horror Music Musical Mystery News Reality-TV Romance Sci-Fi Short Sport Talk-Show
    Thriller War Western`),
  category: CATEGORIES,
  role: [...CATEGORIES, 'cast'],
  profession: split(`
    accountant actor actress animation_department archive_footage archive_sound art_department
    art_director assistant assistant_director camera_department casting_department casting_director
    choreographer cinematographer composer costume_department costume_designer director editor
    editorial_department electrical_department executive legal location_management make_up_department
    manager miscellaneous music_artist music_department podcaster producer production_department
    production_designer production_manager publicist script_department set_decorator sound_department
    soundtrack special_effects stunts talent_agent transportation_department visual_effects writer`),
} satisfies Record<string, readonly string[]>;
