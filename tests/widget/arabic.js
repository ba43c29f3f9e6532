// A right-to-left language for the tests: the fixed texts that are seen first, in Arabic, and a reply. No clinician has read
// them, nobody is shown them: they are here so that letters, numbers and names run in both directions on one line.

const WORDS = {
  'lang: "en"': 'lang: "ar"',
  'dir: "ltr"': 'dir: "rtl"',
  "Breast cancer drug questions": "أسئلة عن أدوية سرطان الثدي",
  "A computer program": "برنامج حاسوبي",
  '"Emergency: "': '"الطوارئ: "',
  " or your local number. Crisis: ": " أو رقم الطوارئ المحلي. عند الأزمات: ",
  " (US).": " (الولايات المتحدة).",
  "Talk to a person: ": "تحدث إلى شخص: ",
  "Day and night. American Cancer Society, US. We are not part of it.": "ليلا ونهارا. American Cancer Society في الولايات المتحدة. لسنا جزءا منها.",
  "Before you start": "قبل أن تبدأ",
  "I am a computer program, not a person, not a doctor and not an emergency service.": "أنا برنامج حاسوبي، ولست شخصا ولا طبيبا ولا خدمة طوارئ.",
  "I understand. Start the chat": "فهمت. ابدأ المحادثة",
  "What would you like to know? You can name a drug and ask, for example, about its side effects.": "ماذا تريد أن تعرف؟ يمكنك أن تذكر اسم دواء وتسأل مثلا عن آثاره الجانبية.",
  "Your question": "سؤالك",
  '"Send"': '"إرسال"',
  "You can also ask": "يمكنك أيضا أن تسأل",
  "Source ${n}": "المصدر ${n}",
  "Sources (${count})": "المصادر (${count})",
};

export const QUESTION = "هل يسبب Verzenio الإسهال؟";

export const REPLY = {
  text:
    "نعم، قد يسبب abemaciclib (Verzenio) الإسهال. [1]\n• اشرب الماء. اتصل بالرقم 1-800-227-2345. [1]\n" +
    "• Abemaciclib can cause severe diarrhea. [1]\n\nSources:\n[1] Verzenio safety.",
  buttons: [{ title: "كيف يعمل؟", payload: "/more" }],
  custom: {
    kind: "answer", topic: "overview", language: "ar", answer_id: "0",
    sources: [{ n: 1, title: "Verzenio safety", publisher: "Eli Lilly", url: "https://example.org/label", date: "2018", layer: "label" }],
  },
  session: "session-1",
};

/** Return the file of the English texts with these in their places. */
export function inArabic(source) {
  return Object.entries(WORDS).reduce((text, [english, arabic]) => text.replace(english, arabic), source);
}
