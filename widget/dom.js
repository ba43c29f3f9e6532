// Nodes from plain data. Strings become text nodes: no HTML is ever parsed here.

/** Return an element. A function among the attributes listens to the event of that name; false and null are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/** Return a button that does not send a form. */
export function button(text, click, attributes) {
  return el("button", { type: "button", click, ...attributes }, text);
}
