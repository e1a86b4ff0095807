import { phrases, word, type RowWriter, type Word } from './row-writer.ts';

/**
 * Phrases of a language, such as "The Lighthouse in the Fog". All languages have the same twelve
 * things and settings in the same order, so that the alternative titles of a title are translations
 * of each other.
 */
interface Language {
  readonly code: Word;
  /** Codes of the regions where it is the main language. */
  readonly regions: readonly string[];
  readonly things: readonly Word[];
  readonly settings: readonly Word[];
  readonly between: Word;
  readonly settingFirst: boolean;
  /** The word for episode, as in "Episode #1.4". */
  readonly episode: Word;
}

type Order = 'thing first' | 'setting first';

function language(
  code: string,
  regions: string,
  episode: string,
  order: Order,
  between: string,
  things: string,
  settings: string,
): Language {
  return {
    code: word(code),
    regions: regions.split(' '),
    episode: word(episode),
    between: word(between),
    settingFirst: order === 'setting first',
    things: phrases(things),
    settings: phrases(settings),
  };
}

/** English is first; all languages have twelve things and twelve settings. */
export const PHRASES: readonly [Language, ...Language[]] = [
  language(
    'en',
    'US GB CA AU IE NZ ZA NG XWW SG',
    'Episode',
    'thing first',
    ' ',
    `The Lighthouse|The Bridge|The House|The Garden|The Letter|The Journey|The Night|The Island|The Song|The Mirror|The Train|The Forest`,
    `by the River|Without a Name|in the Fog|of My Father|at Midnight|in the Snow|Behind the Wall|by the Sea|Beyond the Border|Under the Moon|
     of Glass|Without End`,
  ),
  language(
    'de',
    'DE AT CH',
    'Folge',
    'thing first',
    ' ',
    `Der Leuchtturm|Die Brücke|Das Haus|Der Garten|Der Brief|Die Reise|Die Nacht|Die Insel|Das Lied|Der Spiegel|Der Zug|Der Wald`,
    `am Fluss|ohne Namen|im Nebel|meines Vaters|um Mitternacht|im Schnee|hinter der Mauer|am Meer|jenseits der Grenze|unter dem Mond|aus Glas|
     ohne Ende`,
  ),
  language(
    'fr',
    'FR BE LU',
    'Épisode',
    'thing first',
    ' ',
    `Le phare|Le pont|La maison|Le jardin|La lettre|Le voyage|La nuit|L'île|La chanson|Le miroir|Le train|La forêt`,
    `au bord du fleuve|sans nom|dans la brume|de mon père|à minuit|sous la neige|derrière le mur|au bord de la mer|au-delà de la frontière|
     sous la lune|de verre|sans fin`,
  ),
  language(
    'es',
    'ES MX AR CL CO PE',
    'Episodio',
    'thing first',
    ' ',
    `El faro|El puente|La casa|El jardín|La carta|El viaje|La noche|La isla|La canción|El espejo|El tren|El bosque`,
    `junto al río|sin nombre|en la niebla|de mi padre|a medianoche|en la nieve|tras el muro|junto al mar|más allá de la frontera|bajo la luna|
     de cristal|sin fin`,
  ),
  language(
    'it',
    'IT SM',
    'Episodio',
    'thing first',
    ' ',
    `Il faro|Il ponte|La casa|Il giardino|La lettera|Il viaggio|La notte|L'isola|La canzone|Lo specchio|Il treno|Il bosco`,
    `sul fiume|senza nome|nella nebbia|di mio padre|a mezzanotte|nella neve|dietro il muro|sul mare|oltre il confine|sotto la luna|di vetro|
     senza fine`,
  ),
  language(
    'pt',
    'PT BR AO',
    'Episódio',
    'thing first',
    ' ',
    `O farol|A ponte|A casa|O jardim|A carta|A viagem|A noite|A ilha|A canção|O espelho|O comboio|A floresta`,
    `junto ao rio|sem nome|no nevoeiro|do meu pai|à meia-noite|na neve|atrás do muro|junto ao mar|além da fronteira|sob a lua|de vidro|sem fim`,
  ),
  language(
    'sv',
    'SE FI',
    'Avsnitt',
    'thing first',
    ' ',
    `Fyren|Bron|Huset|Trädgården|Brevet|Resan|Natten|Ön|Sången|Spegeln|Tåget|Skogen`,
    `vid floden|utan namn|i dimman|efter min far|vid midnatt|i snön|bakom muren|vid havet|bortom gränsen|under månen|av glas|utan slut`,
  ),
  language(
    'pl',
    'PL',
    'Odcinek',
    'thing first',
    ' ',
    `Latarnia|Most|Dom|Ogród|List|Podróż|Noc|Wyspa|Pieśń|Lustro|Pociąg|Las`,
    `nad rzeką|bez imienia|we mgle|mojego ojca|o północy|w śniegu|za murem|nad morzem|za granicą|pod księżycem|ze szkła|bez końca`,
  ),
  language(
    'tr',
    'TR',
    'Bölüm',
    'setting first',
    ' ',
    `Fener|Köprü|Ev|Bahçe|Mektup|Yolculuk|Gece|Ada|Şarkı|Ayna|Tren|Orman`,
    `Irmak Kıyısındaki|Adsız|Sisteki|Babamdan Kalan|Gece Yarısındaki|Kardaki|Duvarın Ardındaki|Deniz Kıyısındaki|Sınırın Ötesindeki|Ay Altındaki|
     Camdan|Sonsuz`,
  ),
  language(
    'ru',
    'RU UA BY KZ SUHH',
    'Эпизод',
    'thing first',
    ' ',
    `Маяк|Мост|Дом|Сад|Письмо|Путь|Ночь|Остров|Песня|Зеркало|Поезд|Лес`,
    `у реки|без имени|в тумане|моего отца|в полночь|в снегу|за стеной|у моря|за границей|под луной|из стекла|без конца`,
  ),
  language(
    'el',
    'GR CY',
    'Επεισόδιο',
    'thing first',
    ' ',
    `Ο φάρος|Η γέφυρα|Το σπίτι|Ο κήπος|Το γράμμα|Το ταξίδι|Η νύχτα|Το νησί|Το τραγούδι|Ο καθρέφτης|Το τρένο|Το δάσος`,
    `στο ποτάμι|χωρίς όνομα|στην ομίχλη|του πατέρα μου|τα μεσάνυχτα|στο χιόνι|πίσω από τον τοίχο|στη θάλασσα|πέρα από τα σύνορα|κάτω από το φεγγάρι|
     από γυαλί|χωρίς τέλος`,
  ),
  language(
    'he',
    'IL',
    'פרק',
    'thing first',
    ' ',
    `המגדלור|הגשר|הבית|הגן|הדו"ח|המסע|הלילה|האי|השיר|המראה|הרכבת|היער`,
    `על הנהר|ללא שם|בערפל|של אבי|בחצות|בשלג|מאחורי החומה|ליד הים|בחו"ל|לאור הירח|מזכוכית|ללא סוף`,
  ),
  language(
    'ar',
    'EG AE SA LB SY IQ MA',
    'الحلقة',
    'thing first',
    ' ',
    `المنارة|الجسر|البيت|الحديقة|الرسالة|الرحلة|الليل|الجزيرة|الأغنية|المرآة|القطار|الغابة`,
    `على النهر|بلا اسم|في الضباب|لأبي|عند منتصف الليل|في الثلج|خلف الجدار|على البحر|وراء الحدود|تحت القمر|من زجاج|بلا نهاية`,
  ),
  language(
    'ja',
    'JP',
    'エピソード',
    'setting first',
    '',
    `灯台|橋|家|庭|手紙|旅|夜|島|歌|鏡|列車|森`,
    `川辺の|名もなき|霧の中の|父の|真夜中の|雪の中の|壁の向こうの|海辺の|国境の彼方の|月の下の|硝子の|終わりなき`,
  ),
  language(
    'cmn',
    'CN HK TW',
    '第',
    'setting first',
    '',
    `灯塔|桥|房子|花园|信|旅程|夜晚|岛|歌|镜子|火车|森林`,
    `河边的|无名的|雾中的|父亲的|午夜的|雪中的|墙后的|海边的|边境之外的|月下的|玻璃|无尽的`,
  ),
  language(
    'hi',
    'IN',
    'एपिसोड',
    'setting first',
    ' ',
    `दीपस्तंभ|पुल|घर|बाग़|ख़त|सफ़र|रात|द्वीप|गीत|आईना|रेल|जंगल`,
    `नदी किनारे|बेनाम|कोहरे में|पिता के नाम|आधी रात|बर्फ़ में|दीवार के पीछे|समुद्र किनारे|सरहद पार|चाँद तले|काँच जैसा|अंतहीन`,
  ),
  language(
    'ko',
    'KR',
    '에피소드',
    'setting first',
    ' ',
    `등대|다리|집|정원|편지|여행|밤|섬|노래|거울|기차|숲`,
    `강가의|이름 없는|안개 속의|아버지의|자정의|눈 속의|벽 뒤의|바닷가의|국경 너머의|달빛 아래|유리의|끝없는`,
  ),
];

export const CONCEPTS = 12;

/** Writes the phrase of a thing and a setting, each given by an index from 0 to 11. */
export function writePhrase(
  row: RowWriter,
  { things, settings, between, settingFirst }: Language,
  thing: number,
  setting: number,
): void {
  const [first, second] = settingFirst
    ? [settings[setting], things[thing]]
    : [things[thing], settings[setting]];
  if (first !== undefined && second !== undefined) row.text(first).text(between).text(second);
}

export type { Language };
