import { phrases, word, words } from './row-writer.ts';

/** Values of IMDb's enumerations used in samples. */

/** Genres of fictional titles. */
export const STORY_GENRES = words(`
  Drama Drama Comedy Comedy,Drama Drama,Romance Comedy,Drama,Romance Crime,Drama Crime,Drama,Thriller Crime,Drama,Mystery Action,Crime,Drama
  Action,Adventure Action,Adventure,Sci-Fi Action,Adventure,Fantasy Adventure,Comedy,Family Animation,Adventure,Comedy Animation,Family,Fantasy
  Horror Horror,Mystery,Thriller Comedy,Horror Drama,Horror,Thriller Sci-Fi Drama,Mystery,Sci-Fi Sci-Fi,Thriller Western Action,Drama,Western
  Drama,War Action,Drama,War Biography,Drama Biography,Drama,History Drama,History Drama,Music Comedy,Music,Romance Musical Comedy,Musical,Romance
  Crime,Film-Noir Drama,Film-Noir,Mystery Drama,Sport Comedy,Romance Comedy,Crime Drama,Family Fantasy,Romance Mystery,Romance,Thriller
  Drama,Fantasy,Horror Thriller`);
export const FACT_GENRES = words(`
  Documentary Documentary Biography,Documentary Documentary,History Documentary,Music Documentary,Sport Documentary,War
  Biography,Documentary,Music`);
export const SHOW_GENRES = words(`
  Talk-Show Comedy,Talk-Show News,Talk-Show News Reality-TV Game-Show Comedy,Game-Show Game-Show,Reality-TV Sport Documentary Documentary,History
  Music,Reality-TV`);
export const SHORT_GENRES = words(`
  Short Drama,Short Comedy,Short Animation,Short Documentary,Short Horror,Short Animation,Comedy,Short Drama,Romance,Short Fantasy,Music,Short
  Sci-Fi,Short`);
export const GAME_GENRES = words(
  'Action Adventure Action,Adventure Fantasy Adventure,Mystery Sport Action,Sci-Fi Horror',
);
export const ADULT = word('Adult');

/** Professions other than the categories of title.principals. */
export const SIDE_PROFESSIONS = words(`
  miscellaneous soundtrack music_department art_department camera_department sound_department editorial_department visual_effects special_effects
  animation_department make_up_department costume_department costume_designer stunts assistant_director casting_department location_management
  production_manager script_department transportation_department electrical_department set_decorator art_director talent_agent manager publicist
  legal executive archive_footage archive_sound podcaster music_artist choreographer accountant assistant`);

export const REGIONS: readonly string[] = `
  US GB DE FR JP IN ES IT PT BR CA AU MX AR RU CN HK TW KR SE NO DK FI NL BE PL CZ HU RO BG GR TR IL EG AE SA IR PK BD LK TH VN PH ID MY SG NZ ZA
  NG KE GH NA UA BY LT LV EE IS IE AT CH SK SI HR RS BA MK AL ME XK MD GE AM AZ KZ UZ TM KG TJ MN NP BT MM KH LA BN TL PG FJ WS TO VU SB CL PE CO
  VE EC BO PY UY GY SR CU DO HT JM TT BB BS BZ GT HN SV NI CR PA PR MA DZ TN LY SD ET SO UG TZ RW BI CD CG CM GA GQ TD CF NE ML BF CI SN GM GN SL
  LR TG BJ MR CV ST AO ZM ZW MW MZ BW LS SZ MG MU SC KM DJ ER SY LB JO IQ KW BH QA OM YE AF MV LU LI MC SM VA AD MT CY FO GL GI JE GG IM AW CW MQ
  GP RE GF NC PF GU AS VI BM KY TC AG DM GD KN LC VC AI MS FK KP MO EH PS NR TV PW FM MH KI CK NU SUHH XWW XWG XEU XAS XAU XKO XKV XPI XNA XSA XSI
  CSHH CSXX DDDE YUCS VDVN BUMM ZRCD AN`
  .trim()
  .split(/\s+/u);

export const LANGUAGES = words(`
  en fr de es it pt ru ja zh hi ar he ko el tr pl sv nl da no fi cs hu ro bg uk sr hr sl sk lt lv et is ga cy eu ca gl ka hy az kk uz fa ur bn ta
  te ml kn mr gu pa ne si th vi id ms tl sw zu xh af am yi yue cmn hil qbn qbo qbp haw mi sm`);

export const AKA_TYPES = words('imdbDisplay alternative working dvd festival tv video');
export const AKA_ATTRIBUTES = phrases(`
  complete title|new title|literal title|literal English title|reissue title|short title|transliterated title|informal title|promotional title|
  series title|dubbed version|rerun title|second part title|8mm release title`);

export const EPISODE_TYPE = word('tvEpisode');
