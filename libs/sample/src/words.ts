import type { Category } from './billing.ts';
import { phrases, words, type Word } from './row-writer.ts';

/**
 * Words of titles, characters and names. Combinations are random: any resemblance to real titles or
 * people is unintended.
 */

export const ADJECTIVES = words(`
  Silent Golden Broken Hidden Crimson Distant Burning Frozen Hollow Restless Forgotten Quiet Wandering Painted Narrow Velvet Iron Paper Salt
  Copper Amber Drowned Borrowed Crooked Patient Reluctant Invisible Endless Second Last First Other Northern Southern Eastern Early Late Long
  Short Pale Bright Bitter Sweet Wild Tame Lost Stolen Secret Open Sleeping Waking Falling Rising Unfinished Perfect Ordinary Impossible Honest
  Clever Foolish Careful Tender Savage Gentle Hungry Lonely Crowded Empty Electric Mechanical Midnight Winter Summer Autumn Scarlet Emerald Indigo
  Ivory Marble Glass Stone Wooden Silver Rusted Tangled Woven Shattered Mended Hundredth Seventh Twelfth Whispering Singing Laughing Weeping
  Stubborn Faithful Naïve Sunken`);

export const NOUNS = words(`
  Lantern Orchard Harbor Compass Ledger Meadow Violin Staircase Lighthouse Carousel Telegram Bakery Ferry Glacier Archive Parade Signal Tower
  Garden Mirror Letter Window Bridge River Canyon Island Forest Desert Market Station Carriage Balloon Submarine Observatory Cathedral Chapel
  Courtyard Attic Cellar Kitchen Library Museum Theatre Circus Carnival Masquerade Waltz Sonata Lullaby Anthem Echo Shadow Ember Spark Thunder
  Monsoon Blizzard Eclipse Comet Horizon Meridian Equator Tide Anchor Sailor Captain Widow Orphan Stranger Neighbor Tailor Locksmith Cartographer
  Beekeeper Gardener Astronomer Clockwork Engine Machine Puppet Scarecrow Raven Sparrow Heron Falcon Otter Wolf Fox Badger Hare Stag Tiger
  Elephant Whale Salmon Beetle Moth Firefly Spider Thistle Bramble Willow Cedar Maple Poppy Orchid Saffron Cinnamon Honey Vinegar Pepper Coffee
  Bread Crown Throne Dagger Shield Banner Border Frontier Passport Treaty Verdict Alibi Confession Inheritance Testament Promise Wager Bargain
  Rumor Riddle Labyrinth Puzzle Cipher Formula Experiment Expedition Voyage Pilgrimage Reunion Wedding Funeral Birthday Holiday Homecoming
  Departure Arrival Curfew Blackout Ransom Heist Escape Pursuit Café Séance`);

export const AGENTS = words(
  'Keeper Maker Thief Hunter Painter Collector Whisperer Thieves Club Affair Mystery Diaries Chronicles Effect Protocol Paradox',
);

export const SEASONS = words(
  'Winter Summer Spring Autumn Night Week Morning Wedding Honeymoon Murder Weekend Year',
);

export const PLACE_PREFIXES = phrases(`
  Letters from|The Road to|Last Train to|Return to|Postcards from|Nobody Leaves|Midnight in|The Lights of|Goodbye,|Once in|Made in|Escape from`);

export const NUMBERS = words('Two Three Four Five Six Seven Nine Ten Twelve Thirteen Forty');

export const PLACES = phrases(`
  Valparaíso|Trieste|Lisbon|Tromsø|Kraków|Málaga|Odesa|Marrakesh|Zanzibar|Kyoto|Hanoi|Montevideo|Reykjavík|Galway|Antwerp|Bruges|Córdoba|São Luís|
  Bogotá|Cape Town|Nairobi|Windhoek|Tbilisi|Samarkand|Isfahan|Jaipur|Kolkata|Chiang Mai|Penang|Manila|Busan|Sapporo|Harbin|Ulaanbaatar|Vladivostok|
  Arkhangelsk|Gdańsk|Göteborg|Århus|Malmö|Bergen|Tampere|Tartu|Riga|Vilnius|Łódź|Brno|Graz|Zürich|Genève|Lyon|Marseille|Bordeaux|Nantes|Bilbao|
  Porto|Tangier|Tunis|Alexandria|Beirut|Damascus|Aleppo|Thessaloniki|Plovdiv|Cluj|Dubrovnik|Ljubljana|Halifax|Québec|Winnipeg|Duluth|Savannah|
  Galveston|Santa Fe|Spokane|Tacoma|Oaxaca|Mérida|Havana|Kingston|Cartagena|Quito|Cusco|La Paz|Asunción|Salvador|Recife|Ushuaia|Dunedin|Hobart|
  Darwin|Suva|Apia`);

export const WOMEN = words(`
  Ada Agnes Alma Amina Anneke Anouk Astrid Aurora Beatriz Bettina Brígida Camille Carmen Cecilia Chiara Chloë Clara Daria Delia Dolores Edith
  Eleni Elif Elsa Emeline Esther Eszter Fatima Fiona Flora Freja Gaia Greta Hana Hedda Helena Ilse Imogen Inés Ingrid Irena Isolde Ivana Jana
  Josefina Judit Katya Kirsten Lakshmi Leila Lena Linnéa Ludmila Mabel Magda Maia Malika Margit Mariam Marisol Matilda Meera Mei Mira Nadia Nao
  Nerys Nina Noor Odile Olga Orla Paloma Petra Priya Ramona Renata Rosalind Ruth Sabine Saoirse Selma Signe Sofía Solveig Sunniva Tamar Tessa Thea
  Ulla Valeria Vera Viola Wanda Xenia Yasmin Yuki Zoë Zuzana`);

export const MEN = words(`
  Abel Adrián Ahmed Alasdair Albin Aleksy Amadou Anders Anselm Anton Arturo Axel Baltasar Barnaby Bela Benedikt Björn Boris Bruno Caspar Cedric
  Ciarán Conrad Cosmo Dag Damir Dario Desmond Dmitri Edmund Egon Eino Emil Enzo Ernesto Esteban Fabian Felix Fergus Florian Fritjof Gaspard Gideon
  Giorgos Goran Gustav Hamid Håkon Hektor Henrik Hiro Horatio Hugo Ibrahim Igor Ilya Ismael Ivo Jakob Janek Jasper Joaquín Jonas Jürgen Kamal
  Karel Kenji Klaus Kofi Lars Leander Leopold Lorenzo Lucian Magnus Malik Marek Mateo Milan Mirko Moritz Nikolai Nuno Olaf Omar Oskar Otto Pascal
  Pavel Quentin Rafael Rajiv Rasmus Rémy Ruben Rufus Sami Santiago Sebastián Stellan Sven Tadeusz Tariq Theo Tobias Tomás Ulrich Václav Viggo
  Viktor Wendel Wilhelm Xavier Yannick Yusuf Zoltán`);

export const SURNAMES = words(`
  Abernethy Achterberg Adeyemi Ahlström Almeida Amsel Anquetil Arroyo Ashdown Aydin Balogun Baranek Barlow Bekele Bellweather Benavente Bergqvist
  Birdsall Björkman Blackwood Bogdanov Bracewell Brightwater Brandão Calloway Carmody Castellano Chaudhuri Chevalley Clearwater Coldharbour
  Corrigan Cranmore Cseke Dacosta Dalgaard Danjuma Delacourt Desrosiers Devereaux Dobrev Drăgan Dunmore Eastlake Eberhart Ekström Elderkin
  Engelbrecht Espinoza Fairweather Farkas Fenwick Ferreira Fitzroy Fjeldstad Fontaine Forsberg Gallardo Garrick Gautam Ghorbani Gilchrist
  Goldfinch Grzelak Guerreiro Guðmundsson Haddad Hallström Halvorsen Harkness Hasegawa Hawthorne Heikkinen Hoang Holloway Horváth Ibarra Ibsenius
  Ilić Inoue Ironside Ivarsson Jablonski Jarrett Jimoh Jørgensen Kaczmarek Kallio Karimi Kessler Kirschbaum Kitagawa Kowalczyk Kristoffersen
  Kwarteng Lachance Lagerlund Lanternier Larkspur Lefèvre Lindqvist Lockhart Lovelock Lundqvist Macready Mähler Makinde Mandeville Marchetti
  Markovic Marlowe Martínez Mbeki Meadowcroft Merriweather Mikkelborg Montague Moreau Mukherjee Müller Nakagawa Navarro Németh Nightingale
  Nováková Nyström O'Dowd O'Hanlon Oakley Obuya Okonjo Olivares Orlov Osterman Oyelaran Palmgren Papadakis Pemberton Peralta Petrov Pfeiffer
  Pilgrim Popescu Quartermain Quiroga Rademaker Rasmussen Ravenscroft Redfern Reinholt Rosenquist Rossetti Sakamoto Salazar Santangelo Sato-Lind
  Schaeffer Segovia Serrano Shevchenko Silverthorne Sinclair Skarsten Sokolov Somerset Sørensen Stavros Strömberg Szabados Takahara Tanaka Tavares
  Thackeray Thistlewood Thorvald Tkachenko Toivonen Torres Trelawney Ueda Underhill Uzun Valdivia Vandermeer Varga Vasquez Vestergaard Villanueva
  Vogelsang Wachowiak Wainwright Wallander-Roth Weatherby Westbrook Whitlock Winterbourne Wójcik Woodhouse Yamashiro Yarrow Yilmaz Zabala Zapata
  Zeller Zielinski`);

export const TWO_LETTER_TITLES = words('Um Ix Ov Ke Ra Yu');
export const NUMERIC_TITLES = words('12.10 99 7.50 33.250 1000 08');
/** Titles that break careless parsers. */
export const QUOTED_TITLES = phrases(
  '"Lanterns" in the Rain|"Oh, the Tide"|The "Honest" Thief|"Meadowlark"|Called "Otter|5" Gauge',
);
export const BACKSLASH_TITLES = phrases(
  String.raw`Harbor\Light|SIG/\NAL|C:\Nowhere|Left\\Right|The End\N`,
);

/** Characters with the escapes of JSON strings, as in the file. */
export const TITLES_OF_RANK = phrases(`
  Captain|Detective|Dr.|Professor|Mrs.|Mr.|Inspector|Aunt|Uncle|Father|Sister|Nurse|Judge|Sergeant|Lady|Señor`);
export const PLAIN_ROLES = phrases(`
  Narrator|Waiter|The Stranger|Taxi Driver|Shopkeeper|Mother|Father|Clerk|Bartender|Soldier|Neighbor|Conductor|Young Man|Old Woman|Policeman|
  The Voice`);
export const SELF_ROLES = phrases(String.raw`
  Self|Self|Self|Self|Self|Self|Self|Self|Self|Self|Self|Self|Self|Self|Self - Host|Self - Guest|Self - Guest|Self - Presenter|Self - Contestant|
  Self - \"Night Desk\" Host|Self - Historian`);
export const ESCAPED_ROLES = phrases(
  String.raw`The \"Baron\"|Ida \"Sparks\" Holm|\"Big\" Nils|Clerk (as \"Mr. Low\")|Man in \"Paris\"`,
);
export const BACKSLASH_ROLES = phrases(String.raw`Unit 7\\B|Terminal C:\\|Either\\Or`);

/** Jobs by category, and the share of its credits with a job. */
export const JOBS: Readonly<
  Partial<Record<Category, { readonly share: number; readonly names: readonly Word[] }>>
> = {
  director: { share: 0.08, names: phrases('co-director|segment director|directed by') },
  writer: {
    share: 0.75,
    names: phrases(`
  written by|screenplay|story|novel|created by|creator|based on the play by|screenplay by|teleplay|additional dialogue`),
  },
  producer: {
    share: 0.75,
    names: phrases('producer|executive producer|line producer|co-producer|associate producer'),
  },
  cinematographer: { share: 0.6, names: phrases('director of photography') },
};
export const QUOTED_JOBS = phrases(
  '"Told By", i.e., radio play|"Salt Road" novel|"From the Diary of", story',
);
