// The look of the conversation, loaded with it.

export const CSS = `
.log { flex: 1 1 0; padding: .75em; min-block-size: 0; overflow: auto; overscroll-behavior: contain; scroll-padding-block: .75em; position: relative; }
.message { inline-size: fit-content; max-inline-size: min(36em, 100%); margin-block-end: .75em; padding: .6em .8em;
  background: var(--paper); border: 1px solid var(--line); border-radius: var(--round); }
.message > :not(:first-child, .unseen + *) { margin-block-start: .5em; }
.message li + li { margin-block-start: .35em; }
.you { margin-inline-start: auto; background: var(--mine); white-space: pre-wrap; max-inline-size: min(36em, 90%); }
.note { background: none; border-style: dashed; }
.quick { display: flex; flex-wrap: wrap; gap: .5em; margin-block-end: .75em; }
.quick button { text-align: start; }
.names:not(:empty) { padding: .5em .75em 0; background: var(--paper); border-block-start: 1px solid var(--line); }
.marker { min-inline-size: 1.8em; min-block-size: 1.8em; margin-inline-start: .15em; padding: 0 .3em; line-height: 1;
  background: var(--mine); color: var(--ink); border: 1px solid var(--line); border-radius: .4em; font-size: .875em; }
.marker[aria-expanded=true] { background: var(--accent); color: var(--on-accent); }
.source { display: flex; flex-direction: column; gap: .15em; margin-block: .4em; padding: .5em .7em; font-size: .9375em;
  background: var(--back); border: 1px solid var(--line); border-inline-start: .3em solid var(--accent); }
.feedback { display: flex; flex-wrap: wrap; gap: .4em; align-items: center; font-size: .875em; color: var(--faint); }
.feedback [role=group] { display: flex; flex-wrap: wrap; gap: .4em; }
.feedback p { inline-size: 100%; }
.small { min-block-size: 2.25em; }
.sources summary { cursor: pointer; padding-block: .3em; color: var(--accent); }

.alarm { inline-size: 100%; border: .25em solid var(--alarm); padding: 0 0 .7em; font-size: 1.1em; overflow: hidden; }
.alarm > * { padding-inline: .7em; }
.alarm h2 { padding-block: .4em; background: var(--alarm); color: var(--on-alarm); }
.calls { display: flex; flex-wrap: wrap; gap: .5em; }
.calls a { flex: 1 1 6em; padding: .6em; text-align: center; font-weight: 700; border-radius: var(--round);
  background: var(--alarm); color: var(--on-alarm); }
.fault { border: .15em solid var(--alarm); }
button:disabled { cursor: default; color: var(--faint); border-style: dashed; }

.working { display: flex; gap: .5em; align-items: center; padding: .3em .75em; color: var(--faint); }
.working[hidden] { display: none; }
.working i { inline-size: .45em; block-size: .45em; border-radius: 50%; background: currentColor; animation: beat 1.2s infinite; }
.working i:nth-child(2) { animation-delay: .2s; }
.working i:nth-child(3) { animation-delay: .4s; }
@keyframes beat { 50% { opacity: .25; } }
form { display: flex; flex-wrap: wrap; gap: .5em; align-items: end; padding: .5em .75em .75em; background: var(--paper);
  border-block-start: 1px solid var(--line); }
form label { flex: 1 1 10em; }
textarea { display: block; inline-size: 100%; min-block-size: 2.75em; max-block-size: 9em; padding: .5em; resize: none;
  field-sizing: content; font-size: max(16px, 1.142em); color: var(--ink); background: var(--back);
  border: 1px solid var(--line); border-radius: var(--round); }
.send[aria-disabled=true] { background: var(--line); border-color: var(--line); }

@container (max-height: 31em) { .log { flex: none; overflow: visible; } }
@media (prefers-reduced-motion: reduce) { .working i { animation: none; } }
@media (forced-colors: active) {
  .calls a, .marker { border: 1px solid ButtonText; }
  .marker[aria-expanded=true] { forced-color-adjust: none; background: Highlight; color: HighlightText; }
  .working i { background: CanvasText; }
}
/* On paper: the whole conversation with its sources, in black on white, and nothing to press. */
@media print {
  :host, :host([page]) { container-type: normal; block-size: auto; overflow: visible; }
  .chat[data-colors] { --back: #fff; --paper: #fff; --ink: #000; --faint: #000; --line: #777; --mine: #fff; --accent: #000; --care: #fff;
    --alarm: #000; --on-alarm: #000; display: block; color-scheme: light; }
  .body, .options ~ .body, .log { display: block; block-size: auto; overflow: visible; visibility: inherit; }
  form, .working, .chat .options, .quick, .feedback, .buttons, .numbers > .plain, .fault .plain { display: none; }
  .alarm h2, .calls a { background: none; }
  .message { max-inline-size: none; }
  h2, .you { break-after: avoid; }
  .sources::details-content { content-visibility: visible; block-size: auto; }
  .source a { font-size: 0; }
  .source a::after { content: attr(href); font-size: 10pt; }
}
`;
