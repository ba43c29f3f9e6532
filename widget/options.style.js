// The look of the options and of what takes their place, loaded with them.

export const CSS = `
.options { flex: 0 1 auto; min-block-size: 6em; overflow: auto; overscroll-behavior: contain; padding: .5em .75em; background: var(--paper);
  border-block-end: 1px solid var(--line); display: flex; flex-direction: column; gap: .6em; }
.takehome { display: flex; flex-direction: column; gap: .6em; border: 0; padding: 0; align-items: stretch; flex-wrap: nowrap; }
.takehome label { font-size: 1em; color: var(--ink); }
.takehome .tick { display: flex; gap: .4em; min-block-size: 2em; flex: none; align-items: start; color: var(--ink); }
.takehome [type=text] { display: block; inline-size: 100%; block-size: auto; min-block-size: 2.75em; padding: .4em; }
.options .plain { margin-inline-end: .5em; margin-block: .2em; }
fieldset { border: 0; padding: 0; min-inline-size: 0; }
legend { padding: 0; font-weight: 600; }
fieldset label { display: inline-flex; align-items: center; gap: .4em; min-block-size: 2em; margin-inline-end: 1em; color: var(--ink); }
fieldset .own label { display: block; margin: 0; }
select { font: inherit; color: inherit; min-block-size: 2.75em; background: var(--paper); }
input { inline-size: 1.2em; block-size: 1.2em; flex: none; accent-color: var(--accent); }
.news:not(:empty) { position: sticky; inset-block-end: 0; padding: .6em .75em; background: var(--mine); font-weight: 600;
  border-block-start: .2em solid var(--accent); }
/* Where it is narrow, they take all of the room. */
@container (max-width: 30em) {
  .options { flex: 1 1 auto; }
  .options ~ .body { flex: 0 0 0; min-block-size: 0; block-size: 0; overflow: hidden; visibility: hidden; }
}
@container (max-height: 31em) { .options { flex: none; overflow: visible; } }
`;
