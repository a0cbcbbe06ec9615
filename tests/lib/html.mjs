// A small reader of HTML and XHTML: enough for the pages of this book, which
// are well formed. `parse` gives a tree of { tag, attributes, children, parent
// }; text is a plain string among the children.

const VOID = new Set(
  'area base br col embed hr img input link meta source track wbr'.split(' '),
);
const RAW = new Set(['script', 'style']);
const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

export function decode(text) {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (all, hex, decimal, name) => {
      if (hex) return String.fromCodePoint(parseInt(hex, 16));
      if (decimal) return String.fromCodePoint(Number(decimal));
      return NAMED[name] ?? all;
    },
  );
}

const TOKEN =
  /<!--[\s\S]*?-->|<![^>]*>|<\?[\s\S]*?\?>|<(\/?)([a-zA-Z][\w:-]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/g;
const ATTRIBUTE = /([^\s=/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;

function attributesOf(source) {
  const attributes = {};
  for (const [, name, double, single, bare] of source.matchAll(ATTRIBUTE))
    attributes[name.toLowerCase()] ??= decode(double ?? single ?? bare ?? '');
  return attributes;
}

// Problems of nesting are pushed to `problems`, if it is given.
export function parse(source, problems = []) {
  const root = { tag: '', attributes: {}, children: [], parent: null };
  let here = root;
  let at = 0;
  TOKEN.lastIndex = 0;
  for (let match; (match = TOKEN.exec(source)); at = TOKEN.lastIndex) {
    if (match.index > at) here.children.push(decode(source.slice(at, match.index)));
    const [, slash, name, rest] = match;
    if (!name) continue;
    const tag = name.toLowerCase();
    if (slash) {
      let open = here;
      while (open && open.tag !== tag) open = open.parent;
      if (open !== here) problems.push(`</${tag}> closes <${here.tag}>`);
      if (open) here = open.parent;
      continue;
    }
    const element = { tag, attributes: attributesOf(rest), children: [], parent: here };
    here.children.push(element);
    if (VOID.has(tag) || rest.endsWith('/')) continue;
    here = element;
    if (!RAW.has(tag)) continue;
    const end = source.indexOf(`</${name}`, TOKEN.lastIndex);
    here.children.push(source.slice(TOKEN.lastIndex, end));
    TOKEN.lastIndex = end;
  }
  if (at < source.length) here.children.push(decode(source.slice(at)));
  if (here !== root) problems.push(`<${here.tag}> is never closed`);
  return root;
}

// Every element below `node`, in the order of the page, for which `wanted` is true.
export function all(node, wanted = () => true, found = []) {
  for (const child of node.children) {
    if (typeof child === 'string') continue;
    if (wanted(child)) found.push(child);
    all(child, wanted, found);
  }
  return found;
}

export const hasClass = (element, name) =>
  (element.attributes.class ?? '').split(/\s+/).includes(name);

// The text below `node`; `replace(element)` may give the text of an element itself.
export function text(node, replace = () => undefined) {
  return node.children
    .map((child) =>
      typeof child === 'string' ? child : (replace(child) ?? text(child, replace)),
    )
    .join('');
}
