// The fixed texts that are seen first, in English; another language is another file of this shape. The numbers are those of knowledge/helpline.yml.

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

  options: {
    title: "Options",
    back: "Back to the chat",
    notLoaded: "This could not be loaded. When you are online, try again or load the page again: the conversation is kept.",
    clear: "Clear chat",
    clearYes: "Yes, clear it for good",
  },
};
