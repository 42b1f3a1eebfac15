const WORDS = {
  zh: {
    title: "托育通 · 沙盒",
    sandbox: "沙盒",
    note: "这里是试用沙盒，人物和对话都是虚构的",
    intro: "扮演一位家长，和托育通聊聊看：找托位、预约、收提醒。所有人物都是虚构的，消息只留在这台电脑上。",
    introShort: "这些家长都是虚构的，选一位来体验。",
    whoAreYou: "你想扮演谁？",
    youAre: "你是",
    playing: "正在扮演",
    offline: "连接断了，正在重连…",
    commands: "菜单",
    noCommands: "机器人还没有设置菜单",
    attach: "发送",
    shareLocation: "发送位置",
    shareContact: "发送我的手机号",
    whereAreYou: "你在哪里？",
    orType: "或输入坐标",
    latitude: "纬度",
    longitude: "经度",
    shareThis: "发送坐标",
    useMine: "用我的实际位置",
    noPosition: "拿不到你的位置，请从列表里选一个",
    badCoordinates: "坐标不对，例如 39.884 和 116.461",
    askContact: "把手机号 {phone} 发给托育通？",
    share: "发送",
    notNow: "先不发",
    sms: "短信",
    smsFor: "{phone} 收到的短信",
    smsOpen: "短信，{count} 条未读",
    noSms: "还没有短信",
    aboutChat: "关于这个对话",
    block: "屏蔽托育通",
    unblock: "解除屏蔽",
    start: "开始",
    blocked: "已屏蔽",
    bot: "机器人",
    typing: "正在输入…",
    close: "关闭",
    ok: "知道了",
    send: "发送消息",
    message: "输入消息",
    more: "更多",
    jump: "看最新消息",
    language: "Switch to English",
    otherLanguage: "EN",
    log: "与托育通的对话",
    keyboard: "快捷按钮",
    edited: "已编辑",
    location: "位置",
    contact: "名片",
    download: "下载",
    today: "今天",
    yesterday: "昨天",
    copied: "已复制",
    welcome: "点“开始”，和托育通打个招呼",
    you: "我",
    failed: "没发出去，请再试一次",
    photo: "照片",
  },
  en: {
    title: "Tuoyutong · sandbox",
    sandbox: "Sandbox",
    note: "A sandbox: the people and chats here are made up",
    intro: "Play a parent and chat with 托育通: find a childcare place, book it, get reminders. Everybody is made up, and messages stay on this computer.",
    introShort: "These parents are made up. Pick one to try the chat.",
    whoAreYou: "Who would you like to be?",
    youAre: "You are",
    playing: "Playing",
    offline: "Connection lost, trying again…",
    commands: "Menu",
    noCommands: "The bot has no menu yet",
    attach: "Send",
    shareLocation: "Share a location",
    shareContact: "Share my phone number",
    whereAreYou: "Where are you?",
    orType: "Or type coordinates",
    latitude: "Latitude",
    longitude: "Longitude",
    shareThis: "Share these",
    useMine: "Use my real position",
    noPosition: "Your position is not available. Please pick a place from the list.",
    badCoordinates: "Please type coordinates like 39.884 and 116.461",
    askContact: "Share the number {phone} with 托育通?",
    share: "Share",
    notNow: "Not now",
    sms: "Text messages",
    smsFor: "Received by {phone}",
    smsOpen: "Text messages, {count} unread",
    noSms: "No text messages yet",
    aboutChat: "About this chat",
    block: "Block 托育通",
    unblock: "Unblock",
    start: "Start",
    blocked: "blocked",
    bot: "bot",
    typing: "typing…",
    close: "Close",
    ok: "OK",
    send: "Send message",
    message: "Message",
    more: "More",
    jump: "Newest messages",
    language: "切换到中文",
    otherLanguage: "中",
    log: "Chat with 托育通",
    keyboard: "Quick buttons",
    edited: "edited",
    location: "Location",
    contact: "Contact",
    download: "Download",
    today: "Today",
    yesterday: "Yesterday",
    copied: "Copied",
    welcome: "Tap “Start” to say hello to 托育通",
    you: "Me",
    failed: "Not sent. Please try again.",
    photo: "Photo",
  },
};

// The product's clock: what the bot writes and what the page shows must agree.
const ZONE = "Asia/Shanghai";

let language = localStorage.getItem("language")
  || (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

export function currentLanguage() {
  return language;
}

export function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
}

export function word(name, facts = {}) {
  return WORDS[language][name].replace(/\{(\w+)\}/g, (_, fact) => facts[fact]);
}

/** Fill every element that names its text, and the labels of icon buttons. */
export function translatePage(labels) {
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  document.title = word("title");
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = word(element.dataset.word);
  }
  for (const [id, name] of Object.entries(labels)) {
    document.getElementById(id).setAttribute("aria-label", word(name));
  }
}

export function clockTime(seconds) {
  return new Intl.DateTimeFormat("zh", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: ZONE })
    .format(seconds * 1000);
}

export function dayOf(seconds) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: ZONE }).format(seconds * 1000);
}

export function dayName(seconds) {
  const now = Date.now() / 1000;
  if (dayOf(seconds) === dayOf(now)) return word("today");
  if (dayOf(seconds) === dayOf(now - 86400)) return word("yesterday");
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(locale, { month: "long", day: "numeric", weekday: "short", timeZone: ZONE })
    .format(seconds * 1000);
}
