export type { Answer, Ask, Line } from './ask.ts';
export { chooseFilmFacts, first, type FilmFacts } from './film-facts.ts';
export { FILM_QUESTIONS, type FilmQuestion, type FilmQuestionName } from './film-questions.ts';
