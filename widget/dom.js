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

/** Return a link to another site, or its text where the address is not one of the web. */
export function webLink(address, text = address) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    // not an address: shown as text
  }
  if (!url || !/^https?:$/.test(url.protocol)) return document.createTextNode(text);
  return el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, text);
}
