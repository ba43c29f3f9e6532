// Constructed style sheets: the only kind of style that a strict policy lets a script add.

/** Whether this browser has them and what else is used here; older ones keep the plain page with the numbers. */
export const canStyle =
  "adoptedStyleSheets" in Document.prototype && CSS.supports("container-type: size") && "at" in Array.prototype && "hasOwn" in Object;

/** Add to the look of a shadow root. */
export function style(root, css) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}
