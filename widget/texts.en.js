// Every fixed text in English; another language is another file of this shape. The numbers are those of knowledge/helpline.yml.

export const texts = {
  lang: "en",
  dir: "ltr",

  title: "Breast cancer drug questions",
  subtitle: "A computer program",
  emergency: ["Emergency: ", { text: "911", href: "tel:911" }, " or your local number. Crisis: ", { text: "988", href: "tel:988" }, " (US)."],
  person: {
    label: "Talk to a person: ",
    number: "1-800-227-2345",
    href: "tel:+18002272345",
    hours: "Day and night. American Cancer Society, US. We are not part of it.",
  },

  launcher: "Ask about a cancer drug",
  notLoaded: "The chat could not be loaded. Please load this page again, or call one of the numbers.",
  close: "Close",
  leave: "Leave this site",

  notice: {
    title: "Before you start",
    points: [
      "I am a computer program, not a person, not a doctor and not an emergency service.",
      "My answers are sentences about targeted drugs, each with its source. No clinician has reviewed them yet.",
      "What you type goes to the server of this chat to find the answer. It is not kept. What it was about is kept for a day at most.",
      "This tab keeps the conversation. Clear the chat before you leave: browsers can reopen a closed tab.",
      "Please leave out your name and other private details.",
    ],
    agree: "I understand. Start the chat",
    otherwise: "If you would rather not, you can call the number above.",
  },

  greeting: "What would you like to know? You can name a drug and ask, for example, about its side effects.",
  starters: [
    "What are the side effects of Ibrance?",
    "How does Herceptin work?",
    "Which drugs are for HER2-positive breast cancer?",
  ],

  log: "Conversation",
  you: "You:",
  bot: "Answer:",
  working: "Looking for an answer",
  wait: "The question before this one is still being answered. Please send this one after it.",
  next: "You can also ask",
  input: "Your question",
  send: "Send",
  tooLong: (length, most) => `Your question has ${length} characters. At most ${most} can be read. Please shorten it.`,

  source: (n) => `Source ${n}`,
  sources: (count) => `Sources (${count})`,
  openSource: "Open this source (new tab)",
  noAddress: "It was read from a copy. We have no web address for it.",
  layers: {
    label: "Drug label",
    guideline: "Treatment guideline",
    research: "Research study",
    patient_org: "Patient organization",
    government: "Government agency",
  },

  alarm: { emergency: "This can be an emergency", crisis: "There is help for you right now" },
  calls: {
    emergency: [{ text: "Call 911", href: "tel:911" }],
    crisis: [
      { text: "Call 988", href: "tel:988" },
      { text: "Text 988", href: "sms:988" },
      { text: "Call 911", href: "tel:911" },
    ],
  },

  again: "Try again",
  faults: {
    title: "No answer yet",
    offline: "You are not online. Your question is kept here. Try again when you are back online.",
    unreachable: "The chat cannot be reached right now. Your question is kept here.",
    slow: "The answer is taking too long. Your question is kept here.",
    busy: "Too many questions came at once. Please wait a little. Your question is kept here.",
    refused: "This message could not be read. Please write it in another way.",
    broken: "Something is wrong on our side, not on yours. Your question is kept here.",
    unanswered: "This question has not been answered yet.",
    person: "To talk to a person at any hour: ",
  },
  expired: "The earlier conversation had ended, so I have started a new one. Please name the drug again if an answer seems off.",

  options: { title: "Options", back: "Back to the chat", notLoaded: "This could not be loaded. Please load the page again: the conversation is kept." },
};
