// The fixed texts in the reader's language, loaded when needed. A new language: its texts file, and its code here.

const LANGUAGES = ["en"];

/** Return the module of texts for a language tag such as "es-MX"; English where we do not have it. */
export function textsFor(tag) {
  const wanted = (tag ?? "").toLowerCase().split("-")[0];
  return import(`./texts.${LANGUAGES.includes(wanted) ? wanted : LANGUAGES[0]}.js`);
}
