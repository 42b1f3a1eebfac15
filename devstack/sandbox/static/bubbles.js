import { clockTime, word } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null));
  return made;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export function initial(name) {
  return [...name][0].toUpperCase();
}

/** One message as a bubble with its buttons; `acts` are the page's press, say and copy. */
export function bubble(message, acts) {
  const mine = message.from === "user";
  const body = element("div", { className: "bubble" }, ...content(message, acts));
  body.prepend(element("span", { className: "unseen" }, `${mine ? word("you") : "托育通"}: `));
  body.append(element("time", {}, message.edited ? `${word("edited")} ` : "", clockTime(message.at)));
  const row = element("article", { className: mine ? "message mine" : "message" }, body);
  row.dataset.id = message.message_id;
  if (message.inline_keyboard.length) row.append(keyboard(message, acts));
  return row;
}

function content(message, acts) {
  const parts = [];
  if (message.photo) parts.push(photo(message.photo, message.text));
  if (message.document) parts.push(file(message.document));
  if (message.venue) parts.push(place(message.venue.location, message.venue));
  else if (message.location) parts.push(place(message.location, null));
  if (message.contact) parts.push(contact(message.contact));
  if (message.text) parts.push(text(message, acts));
  return parts;
}

/** Text with its entities: offsets count UTF-16 units, exactly as JavaScript's strings do. */
function text(message, acts) {
  const edges = new Set([0, message.text.length]);
  for (const one of message.entities) edges.add(one.offset).add(one.offset + one.length);
  const cuts = [...edges].filter((cut) => cut <= message.text.length).sort((a, b) => a - b);
  const paragraph = element("p");
  for (let at = 0; at + 1 < cuts.length; at += 1) {
    const [from, to] = [cuts[at], cuts[at + 1]];
    let piece = document.createTextNode(message.text.slice(from, to));
    for (const one of message.entities) {
      if (one.offset <= from && one.offset + one.length >= to) {
        piece = wrapped(piece, one, message.text.slice(one.offset, one.offset + one.length), acts);
      }
    }
    paragraph.append(piece);
  }
  return paragraph;
}

function wrapped(piece, entity, covered, acts) {
  if (entity.type === "url" || entity.type === "text_link") {
    return link(entity.url || covered, piece);
  }
  if (entity.type === "bot_command") {
    const command = element("button", { type: "button", className: "command" }, piece);
    command.addEventListener("click", () => acts.say(covered));
    return command;
  }
  if (entity.type === "spoiler") {
    const hidden = element("button", { type: "button", className: "spoiler" }, piece);
    hidden.addEventListener("click", () => hidden.classList.add("shown"));
    return hidden;
  }
  return TAGS[entity.type] ? element(TAGS[entity.type], {}, piece) : piece;
}

function link(address, piece) {
  if (!/^https?:\/\//i.test(address)) return piece;
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, piece);
}

function photo(stored, caption) {
  const image = element("img", {
    src: stored.url, alt: caption || word("photo"), width: stored.width, height: stored.height,
  });
  return element("a", { href: stored.url, target: "_blank", className: "photo" }, image);
}

function file(stored) {
  const size = `${Math.max(1, Math.round(stored.file_size / 1024))} KB · ${word("download")}`;
  return element("a", { href: stored.url, download: stored.file_name, className: "card" },
    icon("file"), element("span", {}, element("strong", {}, stored.file_name), element("small", {}, size)));
}

function place(location, venue) {
  const where = `${location.latitude.toFixed(4)}, ${location.longitude.toFixed(4)}`;
  const words = element("span", {}, element("strong", {}, venue ? venue.title : word("location")));
  if (venue) words.append(element("small", {}, venue.address));
  words.append(element("small", {}, where));
  return element("div", { className: "place" }, drawing(location), words);
}

/** No map is fetched: streets are drawn from the coordinates, so a place always looks the same. */
function drawing({ latitude, longitude }) {
  const seed = Math.abs(Math.round(latitude * 1000) * 31 + Math.round(longitude * 1000));
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 240 96");
  svg.setAttribute("aria-hidden", "true");
  const shape = (tag, attributes) => {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    svg.append(made);
  };
  shape("rect", { class: "ground", width: 240, height: 96 });
  shape("rect", { class: "park", x: 20 + (seed % 60), y: 50, width: 56, height: 34, rx: 8 });
  const lines = [18 + (seed % 14), 66 + (seed % 23), 112 + (seed % 11), 168 + (seed % 17), 214];
  for (const x of lines) shape("path", { class: "street", d: `M${x} 0 ${x + (seed % 9) - 4} 96` });
  for (const y of [20 + (seed % 8), 46, 74 + (seed % 6)]) shape("path", { class: "street", d: `M0 ${y} 240 ${y}` });
  shape("path", { class: "pin", d: "M120 22a15 15 0 0 0-15 15c0 11 15 28 15 28s15-17 15-28a15 15 0 0 0-15-15z" });
  shape("circle", { class: "hole", cx: 120, cy: 37, r: 5.5 });
  return svg;
}

function contact(card) {
  const phone = card.phone_number.startsWith("+") ? card.phone_number : `+${card.phone_number}`;
  return element("div", { className: "card" },
    element("span", { className: "avatar", ariaHidden: "true" }, initial(card.first_name)),
    element("span", {}, element("strong", {}, card.first_name), element("small", {}, phone)));
}

function keyboard(message, acts) {
  const rows = message.inline_keyboard.map((row) =>
    element("div", { className: "row" }, ...row.map((one) => inlineButton(message, one, acts))));
  return element("div", { className: "inline" }, ...rows);
}

function inlineButton(message, one, acts) {
  const address = one.url || (one.web_app && one.web_app.url);
  if (address) {
    const safe = /^https?:\/\//i.test(address) ? address : "#";
    return element("a", { href: safe, target: "_blank", rel: "noopener noreferrer" }, `${one.text} ↗`);
  }
  const button = element("button", { type: "button" }, one.text);
  button.addEventListener("click", () => {
    if (one.copy_text) acts.copy(one.copy_text.text);
    else acts.press(message.message_id, one.callback_data, button);
  });
  return button;
}
