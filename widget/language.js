// The fixed texts in the reader's language, loaded when needed. A new language: its texts file, and its code here.

const LANGUAGES = ["en"];

/** Return a module of texts for a language tag such as "es-MX"; English where we do not have it. */
export function textsFor(tag, kind = "texts") {
  return import(`./${kind}.${code(tag)}.js`);
}

/** Return all texts of a language: those given, and those of what is loaded when first used. */
export async function withExtras(texts) {
  const { extras } = await textsFor(texts.lang, "extras");
  return { ...texts, ...extras };
}

function code(tag) {
  const wanted = (tag ?? "").toLowerCase().split("-")[0];
  return LANGUAGES.includes(wanted) ? wanted : LANGUAGES[0];
}
