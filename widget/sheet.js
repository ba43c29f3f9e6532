// Constructed style sheets: the only kind of style that a strict policy lets a script add.

/** Whether this browser has them and what else is used here; older ones keep the plain page with the numbers. */
export const canStyle =
  "adoptedStyleSheets" in Document.prototype && CSS.supports("container-type: size") && "at" in Array.prototype && "hasOwn" in Object;

const sheets = new Map();

/** Add to the look of a shadow root, once. */
export function style(root, css) {
  if (!sheets.has(css)) sheets.set(css, new CSSStyleSheet()).get(css).replaceSync(css);
  root.adoptedStyleSheets = [...new Set([...root.adoptedStyleSheets, sheets.get(css)])];
}
