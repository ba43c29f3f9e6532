// The look of the chat. Sizes are in em: they follow the reader's own text size.
// A site sets --helpline-accent, --helpline-on-accent, --helpline-font and --helpline-radius, or styles a ::part.

export const CSS = `
:host { display: block; overflow: auto; overscroll-behavior: contain; scroll-padding-block-start: 6em; font-size: max(1rem, 16px); container-type: size; box-sizing: border-box;
  block-size: min(max(42rem, 672px), 100vh); inline-size: 100%; }
:host([hidden]) { display: none; }
:host([page]) { block-size: 100vh; block-size: 100dvh; padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left); }
* { box-sizing: border-box; margin: 0; }
.chat {
  --back: #fbfaf8; --paper: #fff; --ink: #1d2529; --faint: #4c585e; --line: #8a979d; --mine: #dfecee;
  --accent: var(--helpline-accent, #0b5563); --on-accent: var(--helpline-on-accent, #fff);
  --alarm: #a5001b; --on-alarm: #fff; --care: #fdeceb; --round: var(--helpline-radius, .75em);
  all: initial; visibility: inherit; box-sizing: border-box; /* nothing else of the site's style is inherited */
  display: flex; flex-direction: column; block-size: 100%; overflow-wrap: anywhere;
  background: var(--back); color: var(--ink); color-scheme: light;
  font: 1em/1.5 var(--helpline-font, system-ui, sans-serif);
}
.chat[data-colors=dark] {
  --back: #13181a; --paper: #1d2427; --ink: #e9eef0; --faint: #b6c1c5; --line: #7b898f; --mine: #17414a;
  --accent: #8fd3e0; --on-accent: #06252b; --alarm: #ffb4ab; --on-alarm: #3f0006; --care: #3a1518; color-scheme: dark;
}
.chat[data-colors=contrast] {
  --back: #000; --paper: #000; --ink: #fff; --faint: #fff; --line: #fff; --mine: #000;
  --accent: #ff0; --on-accent: #000; --alarm: #ff0; --on-alarm: #000; --care: #000; color-scheme: dark;
}
.body { flex: 1 1 0; min-block-size: 7em; display: flex; flex-direction: column; }
button, textarea, input { font: inherit; color: inherit; }
button { cursor: pointer; }
a { color: var(--accent); }
:focus-visible { outline: .2em solid var(--accent); outline-offset: .1em; }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.top { display: flex; flex-wrap: wrap; gap: .25em .5em; align-items: center; padding: .4em .75em; background: var(--paper); }
.top > :first-child { flex: 1 1 9em; }
.buttons { display: flex; flex-wrap: wrap; gap: .4em; }
.buttons .plain { padding-inline: .6em; }
h1, h2 { font-size: 1em; line-height: 1.3; }
.top p, .closing, small, label { font-size: .875em; color: var(--faint); }
small { display: block; }
.plain { min-block-size: 2.75em; padding: .3em .8em; background: var(--paper); color: var(--accent);
  border: 1px solid var(--line); border-radius: var(--round); }
.main { min-block-size: 2.75em; padding: .4em 1em; border: 1px solid var(--accent); border-radius: var(--round);
  background: var(--accent); color: var(--on-accent); font-weight: 600; }
.lines { padding: .3em .75em; background: var(--care); border-block: 1px solid var(--line); }
.lines a { font-weight: 700; display: inline-block; }
.numbers { display: flex; flex-wrap: wrap; gap: .25em .5em; align-items: center; }
.numbers > div { flex: 1 1 9em; }

[aria-expanded=true].plain { background: var(--mine); }

.notice { flex: 1 1 0; min-block-size: 0; display: flex; flex-direction: column; }
.points { flex: 1 1 auto; min-block-size: 0; overflow: auto; overscroll-behavior: contain; padding: .75em; }
.points > * { max-inline-size: 36em; }
.points li { margin-block: .4em; }
ul { padding: 0; } li { margin-inline-start: 1.25em; }
.agree { flex: none; padding: .5em .75em .75em; background: var(--paper); border-block-start: 1px solid var(--line); }
.agree .main { inline-size: 100%; max-inline-size: 30em; }

@container (min-width: 18em) { a[href^=tel] { white-space: nowrap; } }
/* Where it is narrow, what is always there is small. */
@container (max-width: 30em) {
  .top { padding-block: .25em; }
  .top h1, .top h2 { font-size: .875em; }
  .top p { font-size: .8125em; line-height: 1.2; }
  .top .plain { min-block-size: 2.25em; padding-block: .2em; }
  .lines { padding-block: .2em; line-height: 1.4; }
  .numbers { font-size: .9375em; }
  .lines small { font-size: .8125em; }
}
/* Where the window is low, or the text large, everything scrolls as one and only the numbers and the way out stay. */
@container (max-height: 31em) {
  .chat { block-size: auto; min-block-size: 100%; }
  .body, .notice, .points { flex: none; overflow: visible; }
  .lines { display: contents; }
  .lines > * { padding: .2em .75em; background: var(--care); }
  .numbers { position: sticky; inset-block-start: 0; z-index: 1; border-block: 1px solid var(--line); line-height: 1.3;
    font-size: min(.9375em, max(16px, 5cqi)); }
  .numbers .plain { min-block-size: 2em; padding: .1em .6em; }
}
@media (forced-colors: active) { .main { border: 1px solid ButtonText; } }
`;
