/* Otklik web chat: one script, shadow DOM, no dependency. How it works: README.md beside this file. Apache-2.0. */
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector("script[src*='widget.js']");
  if (window.Otklik || !script) return;

  const TEXTS = {
    ru: {
      title: "Чат с банком", open: "Открыть чат", close: "Закрыть чат", other: "English", unread: "Новых сообщений",
      bot: "Виртуальный помощник", operator: "Специалист банка", client: "Вы", system: "Служба поддержки",
      hello: "На связи круглосуточно", queued: "Передали вопрос специалисту", closed: "Вопрос решён",
      place: "Ваше место в очереди", wait: "Чат можно закрыть: ответ придёт сюда.", typing: "печатает",
      log: "Переписка", input: "Сообщение", send: "Отправить", over: "Лишних знаков", left: "Осталось знаков",
      lost: "Нет связи. Сообщения сохранены и уйдут сами.", links: "Мы в мессенджерах", tab: "в новой вкладке",
      safety: "Не пишите в чат ПИН-код, CVC и пароли: банк их не спрашивает.", retry: "Повторить", remove: "Удалить",
      hide: "Скрыть", chosen: "выбрано",
      states: {
        queued: "ждёт отправки", sent: "отправлено", delivered: "доставлено", seen: "прочитано", failed: "Не отправлено",
      },
      explain: "Как понято", scope: "в теме", noscope: "вне темы", urgent: "срочно", keywords: "по ключевым словам",
      decision: "Решение", ms: "мс",
    },
    en: {
      title: "Chat with the bank", open: "Open chat", close: "Close chat", other: "Русский", unread: "New messages",
      bot: "Virtual assistant", operator: "Bank specialist", client: "You", system: "Support service",
      hello: "Here around the clock", queued: "Passed to a specialist", closed: "Question closed",
      place: "Your place in the queue", wait: "You can close the chat: the reply will come here.", typing: "typing",
      log: "Conversation", input: "Message", send: "Send", over: "Characters over the limit", left: "Characters left",
      lost: "No connection. Your messages are saved and will be sent.", links: "Find us in", tab: "in a new tab",
      safety: "Never write your PIN, CVC or passwords here: the bank does not ask for them.",
      retry: "Retry", remove: "Delete",
      hide: "Hide", chosen: "chosen",
      states: {
        queued: "waiting to be sent", sent: "sent", delivered: "delivered", seen: "read", failed: "Not sent",
      },
      explain: "Understood as", scope: "in scope", noscope: "out of scope", urgent: "urgent", keywords: "by keywords",
      decision: "Decision", ms: "ms",
    },
  };
  const ICONS = {
    chat: "M4 5h16v11H10l-4 4v-4H4z",
    down: "m6 9 6 6 6-6",
    close: "m6 6 12 12M18 6 6 18",
    send: "M12 19V5m-6 6 6-6 6 6",
    out: "M8 16 16 8M9 8h7v7",
    lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
    queued: "M12 7v5l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
    sent: "m5 12 5 5L20 7",
    delivered: "m2 12 5 5L17 7m-5 9 1 1L23 7",
    telegram: "M21 4 3 11l6 2 2 6 3-4 4 3zM9 13l7-5",
    whatsapp: "M4 20l1-4a8 8 0 1 1 3 3zM9 9c0 3 3 6 6 6",
    email: "M3 6h18v12H3zm0 1 9 6 9-6",
  };
  ICONS.seen = ICONS.delivered;
  const LIMIT = 4000, DAY = 864e5, PATIENCE = 3e5, LOCALES = { ru: "ru-RU", en: "en-GB" };
  // In this order: a web address, an e-mail, a phone (+7 ... of any country, or 8 and ten digits).
  const PHONE = /\+\d[\d ()\u00a0-]{8,16}\d|\b8[ (\u00a0-]*\d{3}[ )\u00a0-]*\d{3}[ \u00a0-]?\d\d[ \u00a0-]?\d\d\b/;
  const LINK = new RegExp(`(https?://[^\\s<>"«»]+)|([\\w.+-]{1,64}@[\\w-]+\\.[\\w.-]*\\w)|(${PHONE.source})`, "gi");

  // ---- settings, storage, small tools ----
  const { dataset } = script;
  const server = (dataset.server || new URL(script.src).origin).replace(/\/+$/, "");
  const PREFIX = `otklik:${server}:`, SESSION = PREFIX + "session", QUEUE = PREFIX + "q:";
  const SEEN = PREFIX + "seen", HOLD = PREFIX + "hold";
  let language = dataset.language === "en" ? "en" : "ru", explaining = dataset.explain === "true";
  const life = new AbortController();
  const on = (target, type, handler) => target.addEventListener(type, handler, { signal: life.signal });
  const parse = text => { try { return JSON.parse(text); } catch { return null; } };
  const backoff = failures => Math.min(30, 2 ** failures) * (500 + Math.random() * 500);
  const locked = (name, work) => navigator.locks ? navigator.locks.request(PREFIX + name, work) : work();

  /** localStorage or sessionStorage; what the browser refuses to keep (private mode, full) lives in memory. */
  const box = name => {
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
  const disk = box("localStorage"), visit = box("sessionStorage");
  const session = () => parse(disk.get(SESSION));
  const text = key => (session()?.language === language && session().texts?.[key]) || TEXTS[language][key];

  const el = (tag, props, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
      if (name in node) node[name] = value;
      else node.setAttribute(name, value);
    }
    node.append(...children.filter(Boolean));
    return node;
  };
  const span = (content, className = "") => content && el("span", { className, textContent: content });
  const icon = name => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = svg.appendChild(document.createElementNS(svg.namespaceURI, "path"));
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", ICONS[name]);
    return svg;
  };
  const uuid = () => crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g,
    digit => (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16));

  const anchor = (url, label, className) => /^(https?:|tel:|mailto:)/i.test(url) &&
    el("a", { href: url, target: "_blank", rel: "noopener noreferrer", className: className || "" }, ...[label].flat());
  /** Plain text as nodes: web addresses, e-mails and phones become links, all else stays text. */
  const linked = source => {
    const nodes = [];
    let at = 0;
    for (const match of source.matchAll(LINK)) {
      const shown = match[0].replace(/[.,;:!?)\]]+$/, "");
      const url = match[1] ? shown : match[2] ? "mailto:" + shown : "tel:" + shown.replace(/[^\d+]/g, "");
      nodes.push(source.slice(at, match.index), anchor(url, shown));
      at = match.index + shown.length;
    }
    return [...nodes, source.slice(at)];
  };

  // ---- server ----
  const call = async (method, path, body, token) => {
    const headers = { Accept: "application/json" };
    if (body) headers["Content-Type"] = "application/json";
    if (token) headers.Authorization = "Bearer " + token;
    const response = await fetch(`${server}/chat/v1/${path.call ? path() : path}`, {
      method, headers, body: body && JSON.stringify(body),
      credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(20000),
    });
    if (response.ok) return response.status === 204 ? {} : response.json();
    const after = response.headers.get("Retry-After");
    throw Object.assign(new Error(path), await response.json().catch(() => ({})), {
      status: response.status, wait: after ? (Number(after) * 1000 || Date.parse(after) - Date.now() || 0) : 0,
    });
  };
  /** The visitor's session, opened when there is none or when the server refused `refused`; once for all tabs. */
  const ensureSession = refused => locked("session", async () => {
    const known = session();
    if (known && known.token !== refused) return known;
    const page = location.origin + location.pathname; // the query may hold personal data
    const fresh = { ...await call("POST", "sessions", { language, page }), at: new Date().toISOString() };
    disk.drop(SEEN);
    disk.put(SESSION, JSON.stringify(fresh));
    reset();
    translate();
    return fresh;
  });
  const api = async (method, path, body) => {
    const { token } = await ensureSession();
    try {
      return await call(method, path, body, token);
    } catch (error) {
      if (error.status !== 401) throw error;
      return call(method, path, body, (await ensureSession(token)).token);
    }
  };

  // ---- outgoing queue: one key a message, so that tabs never overwrite each other's ----
  let clock = 0, pumping = false, pumpFailures = 0, pumpTimer;
  const queue = () => disk.keys(QUEUE).map(key => ({ ...parse(disk.get(key)), key })).filter(item => item.id);
  const waiting = () => queue().find(item => !item.failed);
  const enqueue = (message, button) => {
    // Keys sort by time, also when the computer's clock has been set back.
    const last = Number(disk.keys(QUEUE).pop()?.substr(QUEUE.length, 13) || 0);
    clock = Math.max(clock, last, Date.now() - 1) + 1;
    const item = { id: uuid(), text: message, button, at: new Date().toISOString() };
    disk.put(QUEUE + clock + item.id, JSON.stringify(item));
    render(true);
    pump();
  };
  const deliver = async item => {
    const hold = disk.get(HOLD) - Date.now();
    if (hold > 0 && hold <= PATIENCE) throw { wait: hold }; // a longer one comes from a clock set back
    try {
      const { message, state: now } = await api("POST", "messages", { id: item.id, text: item.text, button: item.button });
      disk.drop(item.key);
      absorb([message]);
      conversation(now);
    } catch (error) {
      const refused = error.status >= 400 && error.status < 500 && ![401, 408, 425, 429].includes(error.status);
      if (!refused) throw error;
      disk.put(item.key, JSON.stringify({ ...item, failed: true }));
      render();
    }
  };
  /** Sends what waits, oldest first, one tab at a time; the server drops a repeated id, so a lost answer is safe. */
  const pump = async () => {
    clearTimeout(pumpTimer);
    if (pumping || life.signal.aborted || !waiting()) return;
    pumping = true;
    let pause = 0;
    try {
      await locked("send", async () => { for (let item; (item = waiting());) await deliver(item); });
      pumpFailures = 0;
      connection(true);
      if (!stream) connect();
    } catch (error) {
      if (error.status && error.wait) disk.put(HOLD, Date.now() + Math.min(error.wait, PATIENCE));
      if (error.status !== 429) connection(false);
      pause = Math.max(error.wait || 0, backoff(pumpFailures++));
    }
    pumping = false;
    if (waiting()) pumpTimer = setTimeout(pump, pause);
  };

  // ---- incoming: catch up over GET, then live events; both may repeat a message, `seq` decides ----
  const messages = new Map();
  const history = () => [...messages.values()].sort((a, b) => a.seq - b.seq);
  const rank = one => ["sent", "delivered", "seen"].indexOf(one.state);
  let stream, connecting, streamFailures = 0, cursor = 0, state = "bot", position = null;
  let streamTimer, lostTimer, typingTimer;
  const absorb = (list, fromServerOrder) => {
    for (const message of list) {
      const known = messages.get(message.seq);
      if (known && rank(known) > rank(message)) message.state = known.state;
      messages.set(message.seq, message);
      // A POST answer may overtake an earlier reply, so only the ordered feed moves the cursor.
      if (fromServerOrder) cursor = Math.max(cursor, message.seq);
      if (message.author === "client") for (const item of queue()) item.id === message.id && disk.drop(item.key);
      else if (!known) typing(false);
    }
    render();
  };
  const conversation = (next, place) => {
    state = next || state;
    position = state === "queued" ? place ?? position : null;
    render();
  };
  const catchUp = async () => {
    const path = () => "messages?after=" + Math.max(0, cursor - 30); // the last ones again: their states move
    // A stale visitor who has not opened the chat gets no new session yet.
    const page = opened || waiting() ? await api("GET", path) : await call("GET", path, null, session().token);
    absorb(page.messages, true);
    conversation(page.state);
    typing(page.typing);
  };
  const disconnect = () => {
    clearTimeout(streamTimer);
    stream?.close();
    stream = null;
  };
  const retryStream = () => {
    disconnect();
    connection(false);
    streamTimer = setTimeout(connect, backoff(streamFailures++));
  };
  const connect = async () => {
    if (connecting || life.signal.aborted || !(opened || session() || waiting())) return;
    disconnect();
    connecting = true;
    try {
      await catchUp();
      // Who wrote long ago gets the count of unread replies, but no open connection on every page.
      const recent = [session(), ...messages.values()].some(one => Date.now() - Date.parse(one.at) < DAY);
      if (!life.signal.aborted && (opened || recent || waiting())) listen();
      connection(true);
    } catch (error) {
      if (error.status === 401) disk.drop(SESSION);
      else retryStream();
    }
    connecting = false;
    pump();
  };
  const listen = () => {
    const feed = new EventSource(`${server}/chat/v1/events?token=${encodeURIComponent(session().token)}&after=${cursor}`);
    const hear = (type, handler) => feed.addEventListener(type, event => stream === feed && handler(parse(event.data) || {}));
    stream = feed;
    feed.onopen = () => { streamFailures = 0; connection(true); };
    feed.onerror = () => stream === feed && retryStream();
    hear("message", message => message.seq && absorb([message], true));
    hear("typing", event => typing(event.on));
    hear("conversation", event => conversation(event.state, event.position));
    hear("state", event => absorb(history() // who has seen a message has seen the ones before it
      .filter(message => message.author === "client" && message.seq <= event.seq && rank(message) < rank(event))
      .map(message => ({ ...message, state: event.state }))));
  };
  const reset = () => {
    messages.clear();
    nodes.clear();
    explained.clear();
    cursor = 0;
    conversation("bot");
    if (!connecting) connect();
  };
  const connection = good => {
    clearTimeout(lostTimer);
    if (good) banner.hidden = true;
    else if (banner.hidden) lostTimer = setTimeout(() => { banner.hidden = false; }, 2000);
  };

  // ---- what is on the screen ----
  const nodes = new Map(), explained = new Map();
  let opened = false, back;
  const mobile = matchMedia("(max-width: 640px), (max-height: 460px)");
  const darkness = matchMedia("(prefers-color-scheme: dark)");
  const button = (label, className, onclick) => el("button", { type: "button", className, onclick }, label);

  const heading = el("h2"), status = el("p");
  const switcher = button("", "plain", () => setLanguage(language === "ru" ? "en" : "ru"));
  const closer = button(icon("close"), "round", () => close());
  const banner = el("div", { className: "banner", role: "status", hidden: true });
  const safety = el("p", { className: "note" });
  const log = el("div", { role: "log", "aria-live": "polite" });
  const dots = el("div", { className: "typing", hidden: true });
  const place = el("p", { className: "note", role: "status", hidden: true });
  const scroller = el("div", { className: "scroll", role: "group", tabIndex: 0 }, safety, log, dots, place);
  const pill = button("", "pill", () => toBottom());
  const input = el("textarea", { rows: 1, enterKeyHint: "send" });
  const counter = el("span", { className: "counter", role: "status" });
  const sender = el("button", { className: "send" }, icon("send"));
  const form = el("form", null, el("div", { className: "box" }, input, sender), counter);
  const links = el("nav");
  const panel = el("section", { className: "panel", role: "dialog", tabIndex: -1 },
    el("div", { className: "head" },
      el("span", { className: "mark" }, icon("chat")), el("div", null, heading, status), switcher, closer),
    banner, scroller, el("div", { className: "foot" }, pill, form, links));
  const badge = el("b", { className: "badge", hidden: true });
  const launcher = button(icon("chat"), "launcher", () => toggle());
  launcher.append(icon("down"), badge);
  const preview = el("div", { className: "preview", role: "status", hidden: true });
  const host = el("div", { id: "otklik" });
  const root = host.attachShadow({ mode: "open" });

  const format = (at, options) => new Intl.DateTimeFormat(LOCALES[language], options).format(new Date(at));
  const clockTime = at => format(at, { hour: "2-digit", minute: "2-digit" });
  const dayName = at => {
    const days = Math.round((new Date(at).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / DAY);
    const name = days > -2 ? new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(days, "day")
      : format(at, { day: "numeric", month: "long" });
    return name[0].toUpperCase() + name.slice(1);
  };
  const nameOf = ({ author, name }) => author === "operator" && name ? `${name}, ${text(author).toLowerCase()}` : text(author);
  const answers = message => message.author === "bot" || message.author === "operator";
  const lastOperator = () => history().filter(message => message.author === "operator").pop();
  const unread = () => {
    const before = Number(disk.get(SEEN) || 0);
    return history().filter(message => answers(message) && message.seq > before);
  };

  /** Everything to show, in order: greeting, history, what waits in the queue. */
  const timeline = () => {
    const list = history(), known = session();
    if (known?.greeting && !list.some(message => message.text === known.greeting.text))
      list.unshift({ ...known.greeting, id: "greeting", author: "bot", at: known.at });
    const sent = new Set(list.map(message => message.id));
    return list.concat(queue().filter(item => !sent.has(item.id))
      .map(item => ({ ...item, author: "client", state: item.failed ? "failed" : "queued" })));
  };
  const chip = (choice, used, active) => {
    if (choice.url) return anchor(choice.url, [choice.text, icon("out"), span(`, ${text("tab")}`, "sr")], "link");
    if (choice.text === used)
      return el("button", { className: "chip", disabled: true }, icon("sent"), used, span(`, ${text("chosen")}`, "sr"));
    return active && button(choice.text, "chip", () => {
      enqueue(choice.text, choice.payload);
      if (!mobile.matches) input.focus();
    });
  };
  /** Links stay; choices can be pressed under the last answer only, and later just the chosen one is left. */
  const chips = (message, used, active) => message.buttons?.length &&
    el("div", { className: "chips" }, ...message.buttons.map(choice => chip(choice, used, active)));
  const failure = item => el("span", { className: "failure" },
    button(text("retry"), "", () => { disk.drop(item.key); enqueue(item.text, item.button); }),
    button(text("remove"), "", () => { disk.drop(item.key); render(); }));
  /** The line below a group: the time and, for own messages, how far they have got. */
  const meta = message => {
    const mark = message.author === "client" && message.state, words = text("states")[mark];
    if (mark === "failed") return el("div", { className: "meta failed" }, words, failure(message));
    return el("div", { className: "meta " + (mark || "") }, clockTime(message.at),
      mark && el("span", { role: "img", "aria-label": words, title: words }, icon(mark)));
  };

  /** One message's nodes are made once and only re-dressed, so that a screen reader hears each message once. */
  const dress = (message, first, last, used, active) => {
    const made = nodes.get(message.id) || { who: el("div"), extra: el("div", { "aria-live": "off" }) };
    if (!made.node) {
      made.node = el("div", null, made.who, el("div", { className: "bubble" }, ...linked(message.text)), made.extra);
      nodes.set(message.id, made);
    }
    const look = JSON.stringify([first, last, used, active, message.state, message.seq, language]);
    if (made.look === look) return made.node;
    made.look = look;
    made.node.className = `m ${message.author}${first ? " first" : ""}`;
    made.who.className = first && answers(message) ? "who" : "sr";
    made.who.textContent = nameOf(message);
    const below = [last && message.author !== "system" && meta(message), chips(message, used, active)];
    made.extra.replaceChildren(...below.filter(Boolean));
    return made.node;
  };

  const atBottom = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 48;
  const toBottom = () => { scroller.scrollTop = scroller.scrollHeight; seen(); };
  const render = force => {
    const stay = force || atBottom(), list = timeline(), wanted = [];
    const asked = list.map(answers).lastIndexOf(true);
    const group = one => one && [one.author, one.name, one.at.slice(0, 16), one.author === "client" && one.state].join();
    const choosing = message => one => one.author === "client" && message.buttons.some(choice => choice.text === one.text);
    list.forEach((message, index) => {
      const day = new Date(message.at).toDateString(), before = list[index - 1], follow = list[index + 1];
      const newDay = !before || new Date(before.at).toDateString() !== day;
      if (newDay) wanted.push(dayNode(day, message.at));
      const later = message.buttons?.length && list.slice(index + 1).find(choosing(message));
      const first = newDay || before.author !== message.author || before.name !== message.name;
      wanted.push(dress(message, first, group(message) !== group(follow), later ? later.text : "", index === asked && !later));
      if (explaining && message.author === "client" && message.seq) wanted.push(explanation(message.seq));
    });
    const keep = new Set(wanted);
    [...log.children].forEach(node => keep.has(node) || node.remove());
    wanted.forEach((node, index) => log.children[index] !== node && log.insertBefore(node, log.children[index] || null));
    refresh();
    if (stay) toBottom();
  };
  const dayNode = (day, at) => {
    const made = nodes.get(day) || { node: el("div", { className: "day" }) };
    nodes.set(day, made);
    made.node.textContent = dayName(at);
    return made.node;
  };
  /** The parts around the messages: header, unread marks, queue place, links. */
  const refresh = () => {
    const fresh = unread(), news = fresh.length ? `${text("unread")}: ${fresh.length}` : "";
    host.dataset.state = state;
    const person = state === "operator" && (lastOperator() || { author: state });
    status.textContent = person ? nameOf(person) : text(state === "bot" ? "hello" : state);
    place.hidden = state !== "queued";
    place.textContent = (position ? `${text("place")}: ${position}. ` : "") + text("wait");
    badge.hidden = opened || !fresh.length;
    badge.textContent = fresh.length;
    launcher.ariaLabel = opened ? text("close") : [text("open"), news].filter(Boolean).join(". ");
    pill.hidden = !opened || !fresh.length || atBottom();
    pill.textContent = news;
    if (opened) preview.hidden = true;
    else if (fresh.length && !visit.get(PREFIX + "preview")) peek(fresh[fresh.length - 1]);
  };
  /** A preview of an unread reply beside the launcher: once a visit, never a nag. */
  const peek = message => {
    visit.put(PREFIX + "preview", "1");
    const show = button(el("small", { textContent: nameOf(message) }), "peek", () => open());
    const hide = button(icon("close"), "round", () => { preview.hidden = true; });
    show.append(span(message.text.split("\n")[0]));
    hide.ariaLabel = text("hide");
    preview.replaceChildren(show, hide);
    preview.hidden = false;
  };
  let seenTimer;
  const seen = () => {
    const top = unread().pop()?.seq;
    if (!top || !opened || document.hidden) return;
    disk.put(SEEN, top);
    clearTimeout(seenTimer);
    seenTimer = setTimeout(() => call("POST", "seen", { seq: top }, session()?.token).catch(() => {}), 300);
    refresh();
  };
  const typing = active => {
    clearTimeout(typingTimer);
    const stay = atBottom(), writer = state === "operator" ? lastOperator()?.name || text("operator") : text("bot");
    dots.hidden = !active;
    dots.replaceChildren(el("i"), el("i"), el("i"), span(`${writer} ${text("typing")}`));
    if (stay) toBottom();
    if (active) typingTimer = setTimeout(typing, 10000);
  };

  // ---- writing ----
  let told = 0;
  const grow = () => {
    input.style.height = "auto";
    input.style.height = Math.min(input.scrollHeight, 122) + "px"; // five lines
    const left = LIMIT - input.value.length;
    counter.textContent = left < 0 ? `${text("over")}: ${-left}` : left <= 200 ? `${text("left")}: ${left}` : "";
    counter.classList.toggle("over", left < 0);
    sender.disabled = left < 0 || !input.value.trim();
  };
  const submit = () => {
    if (sender.disabled) return;
    const message = input.value.trim();
    write("");
    enqueue(message);
  };
  const write = value => {
    input.value = value;
    visit.put(PREFIX + "draft", value);
    grow();
  };
  on(form, "submit", event => {
    event.preventDefault();
    submit();
  });
  on(input, "input", () => {
    write(input.value);
    if (state === "bot" || !session() || Date.now() - told < 3000) return;
    told = Date.now();
    call("POST", "typing", { on: true }, session().token).catch(() => {});
  });
  on(input, "keydown", event => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });

  // ---- opening, closing, language ----
  const open = draft => {
    if (typeof draft === "string") write(draft);
    if (!opened) back = root.activeElement || document.activeElement;
    opened = true;
    visit.put(PREFIX + "open", "1");
    host.classList.add("open");
    panel.setAttribute("aria-modal", mobile.matches);
    if (mobile.matches) document.documentElement.style.overflow = "hidden";
    launcher.setAttribute("aria-expanded", "true");
    (mobile.matches ? panel : input).focus({ preventScroll: true });
    render(true);
    stream ? seen() : connect();
  };
  const close = () => {
    if (!opened) return;
    opened = false;
    visit.drop(PREFIX + "open");
    host.classList.remove("open");
    document.documentElement.style.overflow = "";
    launcher.setAttribute("aria-expanded", "false");
    refresh();
    (back?.isConnected && back !== document.body && !panel.contains(back) ? back : launcher).focus({ preventScroll: true });
  };
  const toggle = () => (opened ? close() : open());
  on(panel, "keydown", event => {
    if (event.key === "Escape") { event.stopPropagation(); close(); }
    if (event.key !== "Tab" || !mobile.matches) return;
    const stops = [...panel.querySelectorAll("button:enabled, a, textarea, [tabindex='0']")].filter(node => node.offsetParent);
    const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
    if (root.activeElement !== edge && !(event.shiftKey && root.activeElement === panel)) return;
    event.preventDefault();
    (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
  });
  const setLanguage = next => {
    if (!TEXTS[next]) return;
    language = next;
    explained.clear();
    const known = session(), written = timeline().some(message => message.author === "client");
    // Nothing written yet: a fresh session greets in the new language.
    if (opened && known && known.language !== next && !written) ensureSession(known.token).catch(() => {});
    translate();
  };
  const translate = () => {
    const label = (node, key) => { node.ariaLabel = node.title = text(key); };
    panel.lang = preview.lang = language;
    panel.setAttribute("aria-label", heading.textContent = dataset.title || text("title"));
    switcher.textContent = text("other");
    switcher.lang = language === "ru" ? "en" : "ru";
    safety.replaceChildren(icon("lock"), text("safety"));
    input.placeholder = input.ariaLabel = text("input");
    banner.textContent = text("lost");
    label(closer, "close");
    label(sender, "send");
    scroller.ariaLabel = text("log");
    const channels = (session()?.links || []).map(({ channel, title, url }) => {
      const link = anchor(url, ICONS[channel] ? icon(channel) : title.slice(0, 2));
      return link && Object.assign(link, { title, ariaLabel: `${title}, ${text("tab")}` });
    }).filter(Boolean);
    links.hidden = !channels.length;
    links.ariaLabel = text("links");
    links.replaceChildren(text("links"), ...channels);
    grow();
    render();
  };

  // ---- for demonstrations: what the service understood of each message ----
  const percent = share => Math.round(share * 100) + "%";
  const bar = (name, share) => {
    const fill = el("i");
    fill.style.width = percent(Math.min(1, Math.max(0, share)));
    return el("div", { className: "bar" }, span(name), span(percent(share)), el("div", null, fill));
  };
  const explanation = seq => {
    if (!explained.has(seq)) {
      explained.set(seq, el("div", { className: "card", role: "note", hidden: true, "aria-live": "off" }));
      explain(seq, 0);
    }
    return explained.get(seq);
  };
  /** A message is understood a moment after it was taken, so a 404 is asked again a few times. */
  const explain = async (seq, tries) => {
    try {
      const found = await api("GET", "explain?seq=" + seq), stay = atBottom(), card = explained.get(seq);
      const ranking = found.ranking?.length ? found.ranking : [found];
      const scope = `${text(found.in_scope ? "scope" : "noscope")} ${found.scope_score.toFixed(2)}`;
      const tags = [
        span(scope, found.in_scope ? "" : "over"), span(found.language), span(found.mood),
        found.urgent && span(text("urgent"), "over"), found.keywords_used && span(text("keywords")),
        ...(found.entities || []).map(entity => span(`${entity.kind}: ${entity.value}`)),
      ];
      card.hidden = false;
      card.replaceChildren(
        el("div", { className: "top" }, el("b", { textContent: text("explain") }),
          span(`${found.ms.toLocaleString(language)} ${text("ms")} · ${found.model}`)),
        ...ranking.slice(0, 3).map(choice => bar(choice.title, choice.confidence)),
        el("p", null, ...tags),
        ...(found.articles || []).slice(0, 2).map(one => el("small", { textContent: `${one.title} · ${one.score.toFixed(2)}` })),
        el("small", { textContent: `${text("decision")}: ${found.decision}` }));
      if (stay) toBottom();
    } catch (error) {
      if (tries < 5 && error.status === 404 && !life.signal.aborted) setTimeout(explain, 700 * (tries + 1), seq, tries + 1);
    }
  };

  // ---- colours: the bank's own, made readable on our grounds ----
  const linear = part => part > 10 ? ((part / 255 + 0.055) / 1.055) ** 2.4 : part / 255 / 12.92;
  const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const contrast = (one, two) => {
    const [low, high] = [luminance(one), luminance(two)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05); // WCAG 2.2, 1.4.3
  };
  const readable = (rgb, ground, ratio) => {
    const goal = luminance(ground) > 0.4 ? 0 : 255;
    for (let step = 0; step < 1; step += 0.05) {
      const mixed = rgb.map(part => Math.round(part + (goal - part) * step));
      if (contrast(mixed, ground) >= ratio) return mixed;
    }
    return [goal, goal, goal];
  };
  let theme = dataset.theme;
  const paint = () => {
    const dark = theme === "dark" || (theme !== "light" && darkness.matches);
    const ground = dark ? [29, 34, 42] : [244, 246, 248];
    const probe = document.createElement("canvas").getContext("2d");
    probe.fillStyle = "#1f4e79";
    probe.fillStyle = dataset.color || ""; // an invalid colour changes nothing
    const own = probe.fillStyle.slice(1).match(/../g).slice(0, 3).map(part => parseInt(part, 16));
    const fill = dark ? readable(own, ground, 2) : own, white = [255, 255, 255], ink = [17, 20, 24];
    const set = (name, rgb) => host.style.setProperty(name, `rgb(${rgb})`);
    set("--fill", fill);
    set("--on-fill", contrast(fill, white) >= 4.5 || contrast(fill, white) > contrast(fill, ink) ? white : ink);
    set("--accent", readable(own, ground, dark ? 6.5 : 4.5));
    host.classList.toggle("dark", dark);
    host.classList.toggle("left", dataset.position === "left");
  };

  const CSS = `
:host{all:initial!important;position:fixed!important;z-index:2147483000!important;--bg:#fff;--ground:#f4f6f8;--line:#dfe4ea;--text:#18212c;--muted:#5a6673;--warn:#a3341f;--side:24px}
:host(.dark){--bg:#1d222a;--ground:#15191f;--line:#323a45;--text:#e9edf2;--muted:#a3adb9;--warn:#ff9c87}
@media print{:host{display:none!important}}
*{box-sizing:border-box;margin:0;font:inherit;color:inherit;letter-spacing:inherit}
[hidden]{display:none!important}
.panel,.launcher,.preview{font:15px/1.45 var(--otklik-font,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif);color:var(--text);color-scheme:light}
:host(.dark) :is(.panel,.launcher,.preview){color-scheme:dark}
button{background:none;border:1px solid transparent;cursor:pointer;padding:0}
button:disabled{cursor:default}
a{color:var(--accent);text-underline-offset:2px}
a[href^="tel:"]{white-space:nowrap}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
svg{width:20px;height:20px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round;flex:none}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.launcher{position:fixed;right:var(--side);bottom:calc(24px + env(safe-area-inset-bottom));width:56px;height:56px;border-radius:50%;display:grid;place-items:center;background:var(--fill);color:var(--on-fill);box-shadow:0 2px 6px #0d1b2a29,0 8px 24px #0d1b2a24}
.launcher svg{width:26px;height:26px;grid-area:1/1}
:host(.open) .launcher svg:first-child,:host(:not(.open)) .launcher svg+svg{display:none}
.badge{position:absolute;top:-4px;right:-4px;min-width:22px;height:22px;padding:0 6px;border-radius:11px;background:#c62f2f;color:#fff;font-size:12px;font-weight:600;line-height:22px;box-shadow:0 0 0 2px var(--bg)}
.preview{position:fixed;right:var(--side);bottom:calc(96px + env(safe-area-inset-bottom));width:min(300px,calc(100vw - 48px));display:flex;background:var(--bg);border:1px solid var(--line);border-radius:12px;box-shadow:0 8px 24px #0d1b2a24}
.peek{flex:1;min-width:0;padding:12px 0 12px 16px;text-align:left}
.peek span{display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}
small,.who,.meta,.note,.day,.counter,nav,.head p,.typing,.banner{font-size:12.5px;color:var(--muted)}
.panel{position:fixed;right:var(--side);bottom:calc(96px + env(safe-area-inset-bottom));width:392px;height:min(648px,100vh - 120px);display:flex;flex-direction:column;overflow:hidden;background:var(--bg);border:1px solid var(--line);border-radius:16px;box-shadow:0 4px 12px #0d1b2a14,0 16px 48px #0d1b2a29;visibility:hidden;opacity:0;transform:translateY(8px);transition:opacity .16s,transform .16s,visibility 0s .16s}
:host(.open) .panel{visibility:visible;opacity:1;transform:none;transition-delay:0s}
:host(.left) :is(.launcher,.panel,.preview){right:auto;left:var(--side)}
.head{display:flex;align-items:center;gap:12px;padding:12px 8px 12px 16px;border-bottom:1px solid var(--line)}
.head div{flex:1;min-width:0}
h2{font-weight:600;font-size:16px;line-height:1.3;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.mark{width:40px;height:40px;border-radius:10px;display:grid;place-items:center;background:var(--fill);color:var(--on-fill)}
.round{width:40px;height:40px;border-radius:50%;display:grid;place-items:center;color:var(--muted);flex:none}
.plain{font-size:12.5px;color:var(--muted);padding:8px;border-radius:8px}
.round:hover,.plain:hover{background:var(--ground);color:var(--text)}
.banner{padding:8px 16px;background:var(--ground);border-bottom:1px solid var(--line);color:var(--text)}
.scroll{flex:1;overflow:auto;overscroll-behavior:contain;padding:16px;background:var(--ground);outline-offset:-2px}
.note{text-align:center;text-wrap:balance}
.note svg{width:14px;height:14px;vertical-align:-2px;margin-right:6px}
.day{text-align:center;margin:16px 0 8px}
.m{display:flex;flex-direction:column;align-items:flex-start;margin-top:4px}
.first{margin-top:16px}
.who{margin:0 0 4px 4px}
.bubble{max-width:86%;padding:8px 14px;border:1px solid var(--line);border-radius:14px;background:var(--bg);white-space:pre-wrap;overflow-wrap:anywhere}
.client{align-items:flex-end}
.client .bubble{background:var(--fill);border-color:transparent;color:var(--on-fill)}
.client a{color:inherit}
.system{align-items:center}
.system .bubble{background:none;border-color:transparent;text-align:center;font-size:13px;color:var(--muted)}
.meta{display:flex;align-items:center;gap:4px;margin:4px 4px 0}
.client>div:last-child{display:flex;flex-direction:column;align-items:flex-end}
.meta span{display:flex}
.meta svg{width:16px;height:16px}
.seen span{color:var(--accent)}
.failed,.failed button,.over{color:var(--warn)}
.failure{gap:8px;margin-left:4px}
.failure button{text-decoration:underline}
.chips:empty{display:none}
.chips{display:flex;flex-wrap:wrap;gap:8px;margin-top:8px}
.chip{display:flex;align-items:center;gap:4px;min-height:36px;padding:6px 14px;border:1px solid var(--accent);border-radius:18px;background:var(--bg);color:var(--accent);text-align:left}
.chip:not(:disabled):hover{background:var(--fill);border-color:var(--fill);color:var(--on-fill)}
.chip:disabled{border-color:var(--line);background:none;color:var(--muted)}
.chip svg,.link svg{width:16px;height:16px}
.link{display:inline-flex;align-items:center;gap:2px;padding:6px 4px}
.typing{display:flex;align-items:center;gap:4px;margin:12px 4px 0}
.typing i{width:6px;height:6px;border-radius:50%;background:var(--muted);animation:blink 1.2s infinite both}
.typing i+i{animation-delay:.2s}
.typing i+i+i{animation-delay:.4s}
.typing span{margin-left:6px}
@keyframes blink{0%,80%,to{opacity:.25}40%{opacity:1}}
.card{align-self:stretch;margin:8px 0 8px 14%;padding:10px 12px;border:1px dashed var(--line);border-radius:10px;background:var(--bg);font-size:12.5px;line-height:1.4}
.card .top{display:flex;justify-content:space-between;padding-bottom:6px;color:var(--muted)}
.card b{font-weight:600;color:var(--text)}
.card small{display:block;margin-top:4px}
.bar{display:grid;grid-template-columns:1fr auto;gap:2px 8px;margin-bottom:6px}
.bar div{grid-column:1/3;height:4px;border-radius:2px;background:var(--ground)}
.bar i{display:block;height:4px;border-radius:2px;background:var(--accent)}
.card p{display:flex;flex-wrap:wrap;gap:4px}
.card p span{padding:0 8px;border-radius:9px;background:var(--ground)}
.scroll>.note:last-child{margin-top:16px}
.foot{position:relative;border-top:1px solid var(--line);padding:12px 16px calc(12px + env(safe-area-inset-bottom))}
.pill{position:absolute;bottom:calc(100% + 12px);left:50%;transform:translateX(-50%);padding:6px 16px;border-radius:18px;background:var(--bg);border-color:var(--line);box-shadow:0 4px 12px #0d1b2a24;color:var(--accent);font-size:13.5px}
.box{display:flex;align-items:flex-end;gap:4px;border:1px solid var(--line);border-radius:14px;padding:4px;background:var(--ground)}
.box:focus-within{border-color:var(--accent);box-shadow:0 0 0 1px var(--accent)}
textarea{flex:1;min-width:0;resize:none;border:0;outline:0;background:none;padding:6px 10px;line-height:22px;overflow-y:auto}
textarea:focus-visible{outline:0}
textarea::placeholder{color:var(--muted);opacity:1}
.send{width:36px;height:36px;border-radius:10px;display:grid;place-items:center;background:var(--fill);color:var(--on-fill);flex:none}
.send:disabled{background:none;color:var(--muted)}
.counter:not(:empty){display:block;margin:4px 4px 0}
nav{display:flex;align-items:center;gap:8px;margin-top:10px}
nav a{width:28px;height:28px;border-radius:50%;display:grid;place-items:center;border:1px solid var(--line);color:var(--muted);text-decoration:none;font-size:11px;font-weight:600}
nav a:hover{color:var(--accent);border-color:var(--accent)}
nav svg{width:15px;height:15px}
@media(max-width:640px),(max-height:460px){
:host{--side:16px}
.panel{inset:var(--top,0) 0 auto!important;width:auto;height:var(--height,100dvh);border:0;border-radius:0;padding-top:env(safe-area-inset-top)}
:host(.open) .launcher{display:none}
textarea{font-size:16px}
}
@media(prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important}}`;

  // ---- start ----
  const mount = () => {
    const sheet = new CSSStyleSheet(); // unlike a <style>, not stopped by a page's style-src policy
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    root.append(preview, panel, launcher);
    document.body.append(host);
    paint();
    translate();
    write(visit.get(PREFIX + "draft") || "");
    if (visit.get(PREFIX + "open") && !mobile.matches) open();
    else connect();
    new ResizeObserver(() => stuck && toBottom()).observe(scroller);
  };
  let stuck = true, idle;
  const fit = () => {
    host.style.setProperty("--height", visualViewport.height + "px");
    host.style.setProperty("--top", visualViewport.offsetTop + "px");
  };
  on(scroller, "scroll", () => { stuck = atBottom(); if (stuck) seen(); refresh(); });
  on(darkness, "change", paint);
  if (window.visualViewport) for (const type of ["resize", "scroll"]) on(visualViewport, type, fit);
  on(window, "online", () => { streamFailures = pumpFailures = 0; connect(); });
  on(window, "offline", () => { disconnect(); connection(false); });
  on(window, "pagehide", disconnect);
  on(window, "pageshow", event => event.persisted && connect());
  on(document, "visibilitychange", () => {
    clearTimeout(idle);
    // A browser allows six connections to a host: tabs out of sight give theirs back.
    if (document.hidden) idle = setTimeout(disconnect, 60000);
    else if (stream) catchUp().catch(() => {}).then(seen);
    else connect();
  });
  on(window, "storage", event => {
    if (!event.key?.startsWith(PREFIX)) return;
    if (event.key === SESSION) { reset(); translate(); }
    if (event.key.startsWith(QUEUE)) setTimeout(pump, 1500); // should the tab that wrote it be gone
    render();
  });
  // Proxies may hold back a stream; a slow poll makes sure that nothing stays unseen.
  const poll = setInterval(() => opened && stream && !document.hidden && catchUp().catch(() => connection(false)), 45000);
  const destroy = () => {
    life.abort();
    clearInterval(poll);
    for (const timer of [pumpTimer, lostTimer, typingTimer, seenTimer, idle]) clearTimeout(timer);
    close();
    disconnect();
    host.remove();
    delete window.Otklik;
  };
  const setExplain = active => { explaining = active; render(); };
  const setTheme = next => { theme = next; paint(); };
  window.Otklik = { open, close, toggle, setLanguage, setTheme, setExplain, destroy };
  document.body ? mount() : on(document, "DOMContentLoaded", mount);
})();
