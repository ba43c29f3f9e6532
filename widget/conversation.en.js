// The fixed texts of the conversation, loaded with it. Another language is another file of this shape: conversation.es.js.

export const conversation = {
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
    wait: (time) => `You can try again in ${time}.`,
    unanswered: "This question has not been answered yet.",
    person: "To talk to a person at any hour: ",
  },
  expired: "The earlier conversation had ended, so I have started a new one. Please name the drug again if an answer seems off.",
  copied: "This tab may be a copy of another one, so a new conversation starts here. Please name the drug again.",

  news: {
    answer: "Your answer is there. Go back to the chat to read it.",
    fault: "There is no answer yet. Go back to the chat to see why.",
  },

  feedback: {
    title: "Did this help?",
    yes: "Yes",
    no: "No",
    why: "What was wrong?",
    noReason: "I would rather not say",
    thanks: "Thank you. Only the count is kept.",
    failed: "This could not be sent. You need not try again.",
  },
};
