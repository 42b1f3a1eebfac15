import { bubble, element, icon, initial } from "./bubbles.js";
import { Live, post, read } from "./live.js";
import { clockTime, currentLanguage, dayName, dayOf, switchLanguage, translatePage, word } from "./words.js";

const PLACES = [
  { zh: "劲松", en: "Jinsong", latitude: 39.884, longitude: 116.461 },
  { zh: "双井", en: "Shuangjing", latitude: 39.893, longitude: 116.462 },
  { zh: "望京", en: "Wangjing", latitude: 39.999, longitude: 116.469 },
  { zh: "国贸", en: "Guomao", latitude: 39.909, longitude: 116.461 },
];
const LABELS = {
  language: "language", "more-open": "more", "commands-open": "commands", "attach-open": "attach",
  send: "send", text: "message", log: "log", keyboard: "keyboard", jump: "jump",
};
const BUSY_MS = 10000;
const TOAST_MS = 4000;

const by = (id) => document.getElementById(id);
const state = { people: [], user: 0, messages: new Map(), frame: null, busy: new Map() };
// A location or contact may be asked for by a button; then the button is pressed with it.
let asking = null;
let toastEnds = 0;
const acts = { say, press, copy };

async function say(text) {
  await act("send", { text });
}

async function act(action, values) {
  const refused = await post(`/control/${action}`, { user: state.user, ...values });
  if (refused !== null) toast(refused || word("failed"));
  return refused === null;
}

async function press(messageId, data, button) {
  button.setAttribute("aria-busy", "true");
  state.busy.set(messageId, button);
  setTimeout(() => button.removeAttribute("aria-busy"), BUSY_MS);
  if (!await act("press", { message_id: messageId, data })) button.removeAttribute("aria-busy");
}

async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast(word("copied"));
}

function toast(text) {
  by("toast").textContent = text;
  by("toast").hidden = false;
  clearTimeout(toastEnds);
  toastEnds = setTimeout(() => { by("toast").hidden = true; }, TOAST_MS);
}

function isAtEnd() {
  const log = by("log");
  return log.scrollHeight - log.scrollTop - log.clientHeight < 120;
}

function toEnd() {
  by("log").scrollTop = by("log").scrollHeight;
  by("jump").hidden = true;
}

/** Take in what changed: new and edited messages, answers to presses, and the frame. */
function take(event) {
  const follow = isAtEnd() || event.messages.some((one) => one.from === "user" && !state.messages.has(one.message_id));
  for (const message of event.messages) show(message);
  for (const alert of event.alerts) answer(alert);
  if (event.messages.length) placeDays();
  showFrame(event);
  if (follow) toEnd();
  else if (event.messages.length) by("jump").hidden = false;
}

function show(message) {
  const old = by("log").querySelector(`[data-id="${message.message_id}"]`);
  if (message.deleted) {
    state.messages.delete(message.message_id);
    if (old) old.remove();
    return;
  }
  state.messages.set(message.message_id, message);
  const made = bubble(message, acts);
  if (old) old.replaceWith(made);
  else by("log").append(made);
}

function placeDays() {
  by("log").querySelectorAll(".day, .welcome").forEach((old) => old.remove());
  let shown = "";
  for (const row of by("log").querySelectorAll("article")) {
    const { at } = state.messages.get(Number(row.dataset.id));
    if (dayOf(at) !== shown) row.before(element("span", { className: "day" }, dayName(at)));
    shown = dayOf(at);
  }
  if (!state.messages.size) by("log").append(welcome());
}

function welcome() {
  const parent = known();
  const about = parent ? [
    element("span", { className: "avatar", ariaHidden: "true" }, initial(parent.name)),
    element("strong", {}, nameOf(parent)), element("small", {}, parent.story[currentLanguage()]),
  ] : [];
  return element("div", { className: "welcome" }, ...about, word("welcome"));
}

function known() {
  return state.people.find((one) => one.telegram_id === state.user);
}

function answer(alert) {
  const button = state.busy.get(alert.message_id);
  if (button) button.removeAttribute("aria-busy");
  state.busy.delete(alert.message_id);
  if (!alert.text) return;
  if (!alert.show_alert) {
    toast(alert.text);
    return;
  }
  by("alert-text").textContent = alert.text;
  if (!by("alert-sheet").open) by("alert-sheet").showModal();
}

function showFrame(frame) {
  state.frame = frame;
  const { person, typing } = frame;
  const status = person.blocked ? "blocked" : typing ? "typing" : "bot";
  if (by("bot-status").textContent !== word(status)) by("bot-status").textContent = word(status);
  by("composer").hidden = person.blocked || !person.started;
  by("start").hidden = person.blocked || person.started;
  by("unblock").hidden = !person.blocked;
  by("block").textContent = word(person.blocked ? "unblock" : "block");
  by("text").placeholder = (frame.keyboard && frame.keyboard.input_field_placeholder) || word("message");
  showKeyboard(frame.keyboard, person);
  showCommands(frame.commands);
  showSms(frame.sms, person);
}

function showKeyboard(keyboard, person) {
  const rows = keyboard && keyboard.keyboard && !person.blocked && person.started ? keyboard.keyboard : [];
  by("keyboard").hidden = !rows.length;
  by("keyboard").replaceChildren(...rows.map((row) =>
    element("div", { className: "row" }, ...row.map(replyButton))));
}

function replyButton(one) {
  const button = element("button", { type: "button" }, one.text);
  button.addEventListener("click", () => {
    if (one.request_location) askLocation(one.text);
    else if (one.request_contact) askContact(one.text);
    else act("press", { button: one.text });
  });
  return button;
}

function showCommands(commands) {
  by("commands").replaceChildren(...commands.map((one) => {
    const button = element("button", { type: "button" }, one.description, element("small", {}, `/${one.command}`));
    button.addEventListener("click", () => {
      by("commands-sheet").close();
      say(`/${one.command}`);
    });
    return element("li", {}, button);
  }));
  if (!commands.length) by("commands").append(element("li", {}, word("noCommands")));
}

function showSms(messages, person) {
  const unread = messages.filter((one) => !one.seen).length;
  by("sms-count").hidden = !unread;
  by("sms-count").textContent = unread;
  by("sms-open").setAttribute("aria-label", word("smsOpen", { count: unread }));
  by("sms-for").textContent = word("smsFor", { phone: person.phone });
  by("sms-list").replaceChildren(...messages.toReversed().map((one) =>
    element("li", {}, one.text, element("time", {}, `${dayName(one.at)} ${clockTime(one.at)}`))));
  if (!messages.length) by("sms-list").append(element("li", {}, word("noSms")));
  if (unread && by("sms-sheet").open) post("/app/sms-seen", { user: state.user });
}

function askLocation(button) {
  asking = button;
  by("location-sheet").showModal();
}

function shareLocation(latitude, longitude) {
  const location = { latitude, longitude };
  by("location-sheet").close();
  if (asking) act("press", { button: asking, location });
  else act("send", { location });
}

function askContact(button) {
  asking = button;
  by("contact-ask").textContent = word("askContact", { phone: state.frame.person.phone });
  by("contact-sheet").showModal();
}

function shareContact() {
  by("contact-sheet").close();
  if (asking) act("press", { button: asking });
  else act("send", { contact: true });
}

function sendTyped() {
  const text = by("text").value.trim();
  if (!text) return;
  by("text").value = "";
  grow();
  say(text);
}

function grow() {
  by("text").style.height = "auto";
  by("text").style.height = `${Math.min(132, by("text").scrollHeight + 2)}px`;
}

function nameOf(parent) {
  return currentLanguage() === "en" ? parent.latin : parent.name;
}

function showPeople() {
  const current = known();
  by("who-name").textContent = current ? nameOf(current) : state.user;
  by("who-avatar").textContent = current ? initial(current.name) : "?";
  for (const list of ["guide-people", "sheet-people"]) by(list).replaceChildren(...state.people.map(personItem));
}

function personItem(parent) {
  const button = element("button", { type: "button", ariaPressed: String(parent.telegram_id === state.user) },
    element("span", { className: "avatar", ariaHidden: "true" }, initial(parent.name)),
    element("span", {}, element("strong", {}, nameOf(parent)),
      element("small", {}, parent.story[currentLanguage()])));
  button.addEventListener("click", () => {
    by("people-sheet").close();
    location.hash = parent.telegram_id;
  });
  return element("li", {}, button);
}

const live = new Live(take, (isOnline) => { by("offline").hidden = isOnline; });

/** Become the person whom the address names, else the first of the sample. */
async function become() {
  state.user = Number(location.hash.slice(1)) || state.people[0].telegram_id;
  const chosen = state.user;
  live.stop();
  const chat = await read(`/app/chat?user=${chosen}`);
  if (chosen !== state.user) return;
  state.messages.clear();
  by("log").replaceChildren();
  showPeople();
  take({ ...chat, alerts: [], typing: false });
  placeDays();
  toEnd();
  live.follow(state.user, chat.cursor);
}

function speak() {
  translatePage(LABELS);
  by("language").textContent = word("otherLanguage");
  by("places").replaceChildren(...PLACES.map((place) => {
    const where = element("small", {}, `${place.latitude}, ${place.longitude}`);
    const button = element("button", { type: "button" }, icon("pin"), place[currentLanguage()], where);
    button.addEventListener("click", () => shareLocation(place.latitude, place.longitude));
    return element("li", {}, button);
  }));
}

function onClick(id, act) {
  by(id).addEventListener("click", act);
}

function connectSheets() {
  for (const sheet of document.querySelectorAll("dialog")) {
    sheet.addEventListener("click", (event) => {
      // The backdrop belongs to the dialog: a tap beside the sheet closes it.
      if (event.target === sheet || event.target.closest("[data-close]")) sheet.close();
    });
  }
  onClick("who", () => by("people-sheet").showModal());
  onClick("commands-open", () => by("commands-sheet").showModal());
  onClick("attach-open", () => by("attach-sheet").showModal());
  onClick("more-open", () => by("more-sheet").showModal());
  onClick("sms-open", () => {
    by("sms-sheet").showModal();
    post("/app/sms-seen", { user: state.user });
  });
  onClick("attach-location", () => { by("attach-sheet").close(); askLocation(null); });
  onClick("attach-contact", () => { by("attach-sheet").close(); askContact(null); });
  onClick("contact-yes", shareContact);
  onClick("here", () => navigator.geolocation.getCurrentPosition(
    ({ coords }) => shareLocation(coords.latitude, coords.longitude), () => toastOver(word("noPosition"))));
}

/** A toast lies under an open sheet; there the sheet gives way. */
function toastOver(text) {
  by("location-sheet").close();
  toast(text);
}

/** Sheets are drawn above the whole page; these tell them where the phone stands. */
function measure() {
  const phone = by("phone");
  const { left, bottom } = phone.getBoundingClientRect();
  const edge = phone.clientLeft;
  const sizes = {
    left: left + edge, below: innerHeight - bottom + edge, width: phone.clientWidth, height: phone.clientHeight,
  };
  for (const [name, size] of Object.entries(sizes)) {
    document.documentElement.style.setProperty(`--phone-${name}`, `${size}px`);
  }
}

function connect() {
  connectSheets();
  measure();
  addEventListener("resize", measure);
  onClick("send", sendTyped);
  onClick("start", () => say("/start"));
  onClick("unblock", () => act("unblock", {}));
  onClick("jump", toEnd);
  onClick("block", () => {
    by("more-sheet").close();
    act(state.frame.person.blocked ? "unblock" : "block", {});
  });
  onClick("language", async () => { switchLanguage(); speak(); await become(); });
  by("text").addEventListener("input", grow);
  by("text").addEventListener("keydown", (event) => {
    // While an input method composes, Enter chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    sendTyped();
  });
  by("coordinates").addEventListener("submit", (event) => {
    event.preventDefault();
    const [latitude, longitude] = [Number(by("latitude").value), Number(by("longitude").value)];
    if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) toastOver(word("badCoordinates"));
    else shareLocation(latitude, longitude);
  });
  by("log").addEventListener("scroll", () => { if (isAtEnd()) by("jump").hidden = true; });
  addEventListener("hashchange", become);
}

speak();
connect();
state.people = (await read("/app/people")).people;
await become();
