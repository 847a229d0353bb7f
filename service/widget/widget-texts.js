/* Words and signs of the web chat: its sentences in every language, icons, how plain text becomes safe nodes, storage. */

/** Another language: one more block with the same keys. */
export const texts = {
  ru: {
    locale: "ru-RU",
    title: "Чат с банком",
    open: "Открыть чат",
    close: "Закрыть чат",
    other: "English",
    today: "Сегодня",
    unread: "Новых сообщений",
    bot: "Виртуальный помощник",
    operator: "Специалист банка",
    specialist: "специалист банка",
    client: "Вы",
    system: "Служба поддержки",
    is_bot: "На связи круглосуточно",
    is_queued: "Передали вопрос специалисту",
    is_closed: "Вопрос решён",
    place: "Ваше место в очереди",
    wait: "Чат можно закрыть: ответ придёт сюда.",
    typing: "печатает",
    log: "Переписка",
    input: "Сообщение",
    send: "Отправить",
    attach: "Прикрепить файл",
    over: "Лишних знаков",
    left: "Осталось знаков",
    lost: "Нет связи. Сообщения сохранены и уйдут сами.",
    links: "Мы в мессенджерах",
    tab: "в новой вкладке",
    safety: "Не пишите в чат ПИН-код, CVC и пароли: банк их не спрашивает.",
    retry: "Повторить",
    remove: "Удалить",
    hide: "Скрыть",
    chosen: "выбрано",
    states: {
      queued: "ждёт отправки",
      sent: "отправлено",
      delivered: "доставлено",
      seen: "прочитано",
      failed: "Не отправлено",
    },
  },
  en: {
    locale: "en-GB",
    title: "Chat with the bank",
    open: "Open chat",
    close: "Close chat",
    other: "Русский",
    today: "Today",
    unread: "New messages",
    bot: "Virtual assistant",
    operator: "Bank specialist",
    specialist: "bank specialist",
    client: "You",
    system: "Support service",
    is_bot: "Here around the clock",
    is_queued: "Passed to a specialist",
    is_closed: "Question closed",
    place: "Your place in the queue",
    wait: "You can close the chat: the reply will come here.",
    typing: "typing",
    log: "Conversation",
    input: "Message",
    send: "Send",
    attach: "Attach a file",
    over: "Characters over the limit",
    left: "Characters left",
    lost: "No connection. Your messages are saved and will be sent.",
    links: "Find us in",
    tab: "in a new tab",
    safety: "Never write your PIN, CVC or passwords here: the bank does not ask for them.",
    retry: "Retry",
    remove: "Delete",
    hide: "Hide",
    chosen: "chosen",
    states: {
      queued: "waiting to be sent",
      sent: "sent",
      delivered: "delivered",
      seen: "read",
      failed: "Not sent",
    },
  },
};

/** Drawn with one stroke on a field of 24 by 24. */
const ICONS = {
  chat: "M4 5h16v11H10l-4 4v-4H4z",
  down: "m6 9 6 6 6-6",
  close: "m6 6 12 12M18 6 6 18",
  send: "M12 19V5m-6 6 6-6 6 6",
  clip: "M20 11l-8 8a5 5 0 0 1-7-7l8-8a3 3 0 0 1 5 5l-8 8a1 1 0 0 1-2-2l7-7",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  out: "M8 16 16 8M9 8h7v7",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  queued: "M12 7v5l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
  sent: "m5 12 5 5L20 7",
  delivered: "m2 12 5 5L17 7m-5 9 1 1L23 7",
  seen: "m2 12 5 5L17 7m-5 9 1 1L23 7",
  telegram: "M21 4 3 11l6 2 2 6 3-4 4 3zM9 13l7-5",
  whatsapp: "M4 20l1-4a8 8 0 1 1 3 3zM9 9c0 3 3 6 6 6",
  email: "M3 6h18v12H3zm0 1 9 6 9-6",
};

export const parse = json => { try { return JSON.parse(json); } catch { return null; } };

/** localStorage or sessionStorage; what the browser refuses to keep (private mode, full) lives in memory. */
export const box = name => {
  const spare = {};
  let store = spare;
  try { store = window[name] || spare; } catch { /* storage is blocked */ }
  return {
    get: key => spare[key] ?? store[key],
    put: (key, value) => { try { store[key] = value; } catch { spare[key] = value; } },
    drop: key => { delete store[key]; delete spare[key]; },
    keys: prefix => Object.keys({ ...store, ...spare }).filter(key => key.startsWith(prefix)).sort(),
  };
};

/** An icon by its name; null when there is none. */
export const icon = name => {
  if (!ICONS[name]) return null;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = svg.appendChild(document.createElementNS(svg.namespaceURI, "path"));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.ariaHidden = "true";
  path.setAttribute("d", ICONS[name]);
  return svg;
};

/** `el("p.note", { hidden: true }, child, ...)`: children are nodes or text, never markup; empty ones are left out. */
export const el = (tag, props, ...children) => {
  const [name, ...classes] = tag.split("."), node = document.createElement(name);
  node.className = classes.join(" ").trim();
  for (const key in props) key in node ? (node[key] = props[key]) : node.setAttribute(key, props[key]);
  node.append(...children.filter(Boolean));
  return node;
};

export const button = (tag, onclick, ...children) => el("button" + tag, { type: "button", onclick }, ...children);

/** A link that a browser may follow, or false: `javascript:` and its like never become one. */
export const anchor = (url, ...children) => /^(https?|tel|mailto|tg|viber):/i.test(url) &&
  el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...children);

// In this order: a web address, an e-mail, a phone (from +7 or another country's code, or from 8).
const LINK = new RegExp([
  /(https?:\/\/[^\s<>"«»]+)/,
  /([\w.+-]{1,64}@[\w-]+\.[\w.-]*\w)/,
  /(?:\+\d{1,3}|\b8)[\s(-]*\d{2,3}[\s)-]*\d{3}[\s-]?\d\d[\s-]?\d\d\b/,
].map(part => part.source).join("|"), "gi");

/** Plain text as nodes: web addresses, e-mails and phones become links, all else stays text. */
export const linked = plain => {
  const found = [];
  let at = 0;
  for (const { 0: match, 1: web, 2: mail, index } of plain.matchAll(LINK)) {
    const shown = match.replace(/[.,;:!?)\]]+$/, "");
    const url = web ? shown : mail ? "mailto:" + shown : "tel:" + shown.replace(/[^\d+]/g, "");
    found.push(plain.slice(at, index), anchor(url, shown));
    at = index + shown.length;
  }
  return [...found, plain.slice(at)];
};

/** A messenger's icon that leads there, or false for an unsafe address. */
export const channelLink = ({ channel, title, url }, note) => {
  const link = anchor(url, icon(channel) || title.slice(0, 2));
  return link && Object.assign(link, { title, ariaLabel: `${title}, ${note}` });
};

/** For a page on which widget.css cannot be had; unlike <style>, not stopped by the page's policy. */
export const plainSheet = () => {
  const plain = new CSSStyleSheet();
  plain.replaceSync(`
    :host { position: fixed; right: 1em; bottom: 1em; z-index: 9999; max-width: 24em; background: Canvas; }
    [hidden], :host(:not(.open)) .panel { display: none; }
    .scroll { height: 50vh; overflow: auto; }
    .sr { position: absolute; clip-path: inset(50%); }
    svg { width: 1em; height: 1em; fill: none; stroke: currentColor; stroke-width: 2; }
  `);
  return plain;
};
