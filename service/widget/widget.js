/* Otklik web chat: a site needs only this script, the other files beside it come by themselves. See README.md. */
(async () => {
  "use strict";
  const script = document.currentScript;
  if (window.Otklik || !script) return;
  const LIMIT = 4000, DAY = 864e5, PATIENCE = 3e5;

  // ---- settings, storage, the other files ----
  const { dataset } = script, source = new URL(script.src);
  const server = (dataset.server || source.origin).replace(/\/+$/, "");
  const PREFIX = `otklik:${server}:`;
  const [SESSION, QUEUE, SEEN, HOLD, DRAFT, OPEN, PREVIEW] =
    ["session", "q:", "seen", "hold", "draft", "open", "preview"].map(name => PREFIX + name);
  let language = dataset.language === "en" ? "en" : "ru";
  const text = key => texts[language][key];
  const beside = name => new URL(name + source.search, source).href;
  const on = (target, type, handler) => target.addEventListener(type, handler);
  const backoff = failures => Math.min(30, 2 ** failures) * (500 + Math.random() * 500);
  const locked = (name, work) => navigator.locks ? navigator.locks.request(PREFIX + name, work) : work();

  let ready;
  const started = new Promise(done => { ready = done; });
  window.Otklik = {}; // calls wait until the chat is there
  for (const name of ["open", "close", "setLanguage", "setExplain"])
    window.Otklik[name] = async value => (await started)[name](value);

  if (!document.body) await new Promise(done => on(document, "DOMContentLoaded", done));
  const host = document.createElement("div"), root = host.attachShadow({ mode: "open" });
  const sheet = root.appendChild(document.createElement("link"));
  // Hidden until the sheet is there; without one the chat is plain but usable.
  const styled = new Promise(done => { sheet.onload = sheet.onerror = done; });
  host.id = "otklik";
  host.style.display = "none";
  sheet.rel = "stylesheet";
  sheet.href = beside("widget.css");
  document.body.append(host);

  const load = async (name, tries = 0) => {
    // The mark makes another module: browsers remember one that failed.
    try { return await import(`${beside(name)}#${tries}`); }
    catch { await new Promise(done => setTimeout(done, backoff(tries))); }
    return load(name, tries + 1);
  };
  const { texts, el, button, icon, anchor, linked, channelLink, plainSheet, box, parse } = await load("widget-texts.js");
  const disk = box("localStorage"), visit = box("sessionStorage");
  const session = () => parse(disk.get(SESSION));

  // ---- server ----
  const call = async (method, path, body, token = session()?.token) => {
    const headers = {}, form = body instanceof FormData;
    if (body && !form) headers["Content-Type"] = "application/json";
    if (token) headers.Authorization = "Bearer " + token;
    const response = await fetch(`${server}/chat/v1/${path}`, {
      method, headers, body: form ? body : body && JSON.stringify(body),
      credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(form ? PATIENCE : 20000),
    });
    if (response.ok) return response.status === 204 ? {} : response.json();
    throw { status: response.status, wait: Number(response.headers.get("Retry-After")) * 1000 || 0 };
  };
  /** The visitor's session, opened when there is none or when the server refused `refused`; once for all tabs. */
  const ensureSession = refused => locked("session", async () => {
    const known = session();
    if (known && known.token !== refused) return known;
    const fresh = { ...await call("POST", "sessions", { language }, ""), at: new Date().toISOString() };
    disk.drop(SEEN);
    disk.put(SESSION, JSON.stringify(fresh));
    reset();
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

  // ---- outgoing queue: one key a message: tabs never overwrite each other's ----
  let pumping, pumpTimer, failures = 0;
  const queue = () => disk.keys(QUEUE).map(key => ({ ...parse(disk.get(key)), key })).filter(item => item.id);
  const waiting = () => queue().find(item => !item.failed);
  const enqueue = (message, payload, files) => {
    // Keys sort by time, even if the clock is set back.
    const last = Number(disk.keys(QUEUE).pop()?.substr(QUEUE.length, 13) || 0);
    // crypto.randomUUID needs https; a blob's address ends in one as well.
    const id = URL.createObjectURL(new Blob()).slice(-36);
    const item = { id, text: message, button: payload, files, at: new Date().toISOString() };
    disk.put(QUEUE + Math.max(Date.now(), last + 1) + id, JSON.stringify(item));
    render();
    toBottom();
    pump();
  };
  const deliver = async item => {
    const hold = disk.get(HOLD) - Date.now();
    if (hold > 0 && hold <= PATIENCE) throw { wait: hold }; // a longer one comes from a clock set back
    try {
      const taken = await api("POST", "messages", {
        id: item.id, text: item.text, button: item.button, files: item.files?.map(file => file.key),
      });
      disk.drop(item.key);
      absorb([taken.message]);
      conversation(taken.state);
    } catch (error) {
      const refused = error.status >= 400 && error.status < 500 && ![401, 408, 425, 429].includes(error.status);
      if (!refused) throw error;
      disk.put(item.key, JSON.stringify({ ...item, failed: true }));
      render();
    }
  };
  /** Sends what waits, oldest first, one tab at a time; the server drops repeated ids: a lost answer is safe. */
  const pump = async () => {
    clearTimeout(pumpTimer);
    if (pumping || !waiting()) return;
    pumping = true;
    let pause = 0;
    try {
      await locked("send", async () => { for (let item; (item = waiting());) await deliver(item); });
      failures = 0;
      connection(true);
      if (!stream) connect();
    } catch ({ status, wait = 0 }) {
      if (status && wait) disk.put(HOLD, Date.now() + Math.min(wait, PATIENCE));
      if (status !== 429) connection(false);
      pause = Math.max(wait, backoff(failures++));
    }
    pumping = false;
    if (waiting()) pumpTimer = setTimeout(pump, pause);
  };

  // ---- incoming: catch up over GET, then live events; both may repeat a message, `seq` decides ----
  const messages = new Map(), nodes = new Map();
  const history = () => [...messages.values()].sort((a, b) => a.seq - b.seq);
  const rank = one => ["sent", "delivered", "seen"].indexOf(one.state);
  let stream, connecting, streamTimer, lostTimer, cursor = 0, state = "bot", position;
  const absorb = (list, fromServerOrder) => {
    const unsent = queue();
    for (const message of list) {
      const known = messages.get(message.seq);
      if (known && rank(known) > rank(message)) message.state = known.state;
      messages.set(message.seq, message);
      // A POST answer may overtake a reply: only the ordered feed moves the cursor.
      if (fromServerOrder) cursor = Math.max(cursor, message.seq);
      if (message.author === "client") unsent.forEach(item => item.id === message.id && disk.drop(item.key));
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
    const path = "messages?after=" + Math.max(0, cursor - 30); // the last again: states move
    // A stale visitor who opened nothing gets no new session yet.
    const page = await (opened || waiting() ? api : call)("GET", path);
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
    streamTimer = setTimeout(connect, backoff(failures++));
  };
  const connect = async () => {
    if (connecting || !(opened || session() || waiting())) return;
    disconnect();
    connecting = true;
    try {
      await catchUp();
      // Who wrote long ago gets the count of unread replies, no connection on every page.
      const recent = [session(), ...messages.values()].some(one => Date.now() - Date.parse(one.at) < DAY);
      if (opened || recent || waiting()) listen();
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
    const hear = (type, handler) => on(feed, type, event => handler(JSON.parse(event.data)));
    stream = feed;
    feed.onopen = () => { failures = 0; connection(true); };
    feed.onerror = retryStream;
    hear("message", message => absorb([message], true));
    hear("typing", event => typing(event.on));
    hear("conversation", event => conversation(event.state, event.position));
    hear("state", ({ seq, state: mark }) => absorb(history() // who saw one saw those before it
      .filter(one => one.author === "client" && one.seq <= seq).map(one => ({ ...one, state: mark }))));
  };
  const reset = () => {
    messages.clear();
    nodes.clear();
    cursor = 0;
    conversation("bot");
    translate();
    connect();
  };
  const connection = good => {
    clearTimeout(lostTimer);
    if (good) banner.hidden = true;
    else if (banner.hidden) lostTimer = setTimeout(() => { banner.hidden = false; }, 2000);
  };

  // ---- what is on the screen ----
  const mobile = matchMedia("(max-width: 640px), (max-height: 460px)");
  const darkness = matchMedia("(prefers-color-scheme: dark)");
  const heading = el("h2"), status = el("p");
  const switcher = button(".plain", () => setLanguage(language === "ru" ? "en" : "ru"));
  const closer = button(".round", () => close(), icon("close"));
  const banner = el("div.banner", { role: "status", hidden: true });
  const safety = el("p.note"), dots = el("div.typing", { hidden: true });
  const log = el("div", { role: "log", "aria-live": "polite" });
  const place = el("p.note", { role: "status", hidden: true });
  const thread = el("div", {}, safety, log, dots, place);
  const scroller = el("div.scroll", { role: "group", tabIndex: 0 }, thread);
  const pill = button(".pill", () => toBottom());
  const input = el("textarea", { rows: 1, enterKeyHint: "send" });
  const counter = el("span.counter", { role: "status" });
  const sender = el("button.send", {}, icon("send"));
  const picker = el("input.sr", { type: "file", multiple: true });
  const form = el("form", {}, el("div.box", {}, input, el("label.clip", {}, picker, icon("clip")), sender), counter);
  const links = el("nav");
  const panel = el("dialog.panel", { tabIndex: -1 },
    el("div.head", {}, el("span.mark", {}, icon("chat")), el("div", {}, heading, status), switcher, closer),
    banner, scroller, el("div.foot", {}, pill, form, links));
  const badge = el("b.badge", { hidden: true });
  const launcher = button(".launcher", () => (opened ? close() : open()), icon("chat"), icon("down"), badge);
  const preview = el("div.preview", { role: "status", hidden: true });
  root.append(preview, panel, launcher);
  let opened = false, stuck = true, explain, typingTimer;

  const format = (at, options) => new Date(at).toLocaleString(text("locale"), options);
  const answers = message => message.author === "bot" || message.author === "operator";
  const nameOf = ({ author, name }) => author === "operator" && name ? `${name}, ${text("specialist")}` : text(author);
  const lastOperator = () => history().filter(message => message.author === "operator").pop();
  const unread = () => history().filter(message => answers(message) && message.seq > (disk.get(SEEN) || 0));

  /** Everything to show, in order: greeting, history, what waits in the queue. */
  const timeline = () => {
    const list = history(), known = session();
    if (known?.greeting) list.unshift({ ...known.greeting, id: "greeting", author: "bot", at: known.at });
    return list.concat(queue().filter(item => !list.some(message => message.id === item.id))
      .map(item => ({ ...item, author: "client", state: item.failed ? "failed" : "queued" })));
  };
  /** Links stay; choices can be pressed under the last answer only, and later just the chosen one is left. */
  const chip = (choice, used, active) => {
    const aside = key => el("span.sr", {}, `, ${text(key)}`);
    if (choice.url) return anchor(choice.url, choice.text, icon("out"), aside("tab"));
    if (choice.text === used) return el("button.chip", { disabled: true }, icon("sent"), used, aside("chosen"));
    return active && button(choice.payload?.startsWith("feedback:") ? ".chip.quiet" : ".chip", () => {
      enqueue(choice.text, choice.payload);
      if (!mobile.matches) input.focus();
    }, choice.text);
  };
  /** The line below a group: the time and, for own messages, how far they have got. */
  const meta = message => {
    const mark = message.author === "client" && message.state, words = text("states")[mark];
    if (mark === "failed") return el("div.meta.failed", {}, words,
      button("", () => { disk.drop(message.key); enqueue(message.text, message.button, message.files); }, text("retry")),
      button("", () => { disk.drop(message.key); render(); }, text("remove")));
    return el("div.meta." + (mark || ""), {}, format(message.at, { hour: "2-digit", minute: "2-digit" }),
      mark && el("span", { role: "img", ariaLabel: words, title: words }, icon(mark)));
  };

  /** A message's nodes are made once and only re-dressed: a screen reader hears each once. */
  const dress = (message, spot) => {
    const { day, first, last, used, active } = spot;
    const made = nodes.get(message.id) || { day: el("div.day"), who: el("div"), extra: el("div", { "aria-live": "off" }) };
    if (!made.node) {
      const files = el("div.files");
      made.node = el("div", {}, made.day, made.who, el("div.bubble", {}, ...linked(message.text)), files, made.extra);
      if (message.files?.length) withFiles((part, chat) => files.append(...part.shown(message.files, chat)));
      nodes.set(message.id, made);
    }
    const look = JSON.stringify([spot, message.state, message.seq, language, !!explain]);
    if (made.look === look) return made.node;
    made.look = look;
    made.node.className = `m ${message.author}${first ? " first" : ""}`;
    made.day.textContent = day;
    made.who.className = first && answers(message) ? "who" : "sr";
    made.who.textContent = nameOf(message);
    made.extra.replaceChildren(...[
      last && message.author !== "system" && meta(message),
      el("div.chips", {}, ...(message.buttons || []).map(choice => chip(choice, used, active))),
      explain && message.author === "client" && message.seq && explain(message, { el, api, language }),
    ].filter(Boolean));
    return made.node;
  };
  const render = () => {
    const list = timeline(), asked = list.map(answers).lastIndexOf(true);
    const dayOf = one => one && new Date(one.at).toDateString(), today = new Date().toDateString();
    const date = one => dayOf(one) === today ? text("today") : format(one.at, { day: "numeric", month: "long" });
    const group = one => one && [one.author, one.name, one.at.slice(0, 16), one.author === "client" && one.state].join();
    const wanted = list.map((message, index) => {
      const before = list[index - 1], newDay = dayOf(before) !== dayOf(message);
      const first = newDay || before.author !== message.author || before.name !== message.name;
      const last = group(message) !== group(list[index + 1]);
      const used = list.slice(index + 1).find(one =>
        one.author === "client" && message.buttons?.some(choice => choice.text === one.text))?.text;
      return dress(message, { day: newDay ? date(message) : "", first, last, used, active: index === asked && !used });
    });
    for (const node of [...log.children]) if (!wanted.includes(node)) node.remove();
    wanted.forEach((node, index) => log.children[index] !== node && log.insertBefore(node, log.children[index] || null));
    refresh();
  };
  /** The parts around the messages: header, unread marks, queue place. */
  const refresh = () => {
    const fresh = unread(), news = fresh.length ? `${text("unread")}: ${fresh.length}` : "";
    status.textContent = state === "operator" ? nameOf(lastOperator() || { author: state }) : text("is_" + state);
    place.hidden = state !== "queued";
    place.textContent = (position ? `${text("place")}: ${position}. ` : "") + text("wait");
    badge.hidden = opened || !news;
    badge.textContent = fresh.length;
    launcher.ariaLabel = text(opened ? "close" : "open") + (news && `. ${news}`);
    pill.hidden = !opened || !news || stuck;
    pill.textContent = news;
    if (opened) preview.hidden = true;
    else if (news && !visit.get(PREVIEW)) peek(fresh.pop());
  };
  /** A preview of an unread reply beside the launcher: once a visit, never a nag. */
  const peek = message => {
    visit.put(PREVIEW, "1");
    const hide = button(".round", () => { preview.hidden = true; }, icon("close"));
    hide.ariaLabel = text("hide");
    preview.replaceChildren(button(".peek", () => open(),
      el("small", {}, nameOf(message)), el("span", {}, message.text.split("\n")[0] || message.files?.[0]?.name)), hide);
    preview.hidden = false;
  };
  const typing = active => {
    clearTimeout(typingTimer);
    const writer = state === "operator" ? lastOperator()?.name || text("operator") : text("bot");
    dots.hidden = !active;
    dots.replaceChildren(el("i"), el("i"), el("i"), el("span", {}, `${writer} ${text("typing")}`));
    if (active) typingTimer = setTimeout(typing, 10000);
  };

  // ---- scrolling: who is at the bottom stays there, or at the beginning of a long answer ----
  let top = 0, limit = 1e9, newest, seenTimer;
  const toBottom = () => {
    const news = unread().pop(), { id } = timeline().pop() || {};
    if (newest !== id) limit = 1e9; // of older news
    newest = id;
    if (news && opened) limit = nodes.get(news.id).node.offsetTop - 50; // below what it answers
    scroller.scrollTop = Math.max(scroller.scrollTop, Math.min(scroller.scrollHeight, limit));
    top = scroller.scrollTop;
    stuck = true;
    seen();
  };
  const scrolled = () => {
    const near = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 48;
    stuck = near || (stuck && scroller.scrollTop >= top); // what grows below is no scrolling up
    top = scroller.scrollTop;
    if (near) limit = 1e9, seen();
    refresh();
  };
  const seen = () => {
    const last = unread().pop()?.seq;
    if (!last || !opened || !stuck || document.hidden) return;
    disk.put(SEEN, last);
    clearTimeout(seenTimer);
    seenTimer = setTimeout(() => call("POST", "seen", { seq: last }).catch(() => {}), 300);
    refresh();
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
  const write = value => {
    input.value = value;
    visit.put(DRAFT, value);
    grow();
  };
  const submit = event => {
    event.preventDefault();
    if (sender.disabled) return;
    const message = input.value.trim();
    write("");
    enqueue(message);
  };
  on(form, "submit", submit);
  on(input, "keydown", event => event.key === "Enter" && !event.shiftKey && !event.isComposing && submit(event));
  const withFiles = async work => work(await load("widget-files.js"), {
    el, icon, anchor, api, enqueue, language, server, counter, input, write, picker, token: session()?.token,
  });
  on(picker, "change", () => withFiles((part, chat) => part.sent(chat)));
  on(input, "input", () => {
    write(input.value);
    if (state === "bot" || Date.now() - told < 3000) return;
    told = Date.now();
    call("POST", "typing", { on: true }).catch(() => {});
  });

  // ---- opening, closing, language ----
  const show = active => {
    if (opened === active) return;
    opened = active;
    host.classList.toggle("open", opened);
    launcher.ariaExpanded = opened;
    // On a phone the chat covers the page, also for keys and screen readers.
    const modal = panel.ariaModal = opened && mobile.matches;
    if (!opened) panel.close();
    else if (modal) panel.showModal();
    else panel.show();
    document.documentElement.style.overflow = modal ? "hidden" : "";
    refresh();
  };
  const open = draft => {
    if (draft) write(draft);
    visit.put(OPEN, "1");
    show(true);
    (mobile.matches ? panel : input).focus({ preventScroll: true });
    toBottom();
    if (!stream) connect();
  };
  const close = () => {
    if (!opened) return;
    visit.drop(OPEN);
    show(false);
    launcher.focus({ preventScroll: true });
  };
  on(panel, "keydown", event => event.key === "Escape" && close());
  on(panel, "close", () => opened && !panel.open && close()); // the back button of a phone
  const setLanguage = next => {
    if (!texts[next]) return;
    language = next;
    const known = session(), written = timeline().some(message => message.author === "client");
    // Nothing written: a fresh session greets in the new language.
    if (opened && known && known.language !== next && !written) ensureSession(known.token).catch(() => {});
    translate();
  };
  /** For demonstrations: below each own message what was understood of it. */
  const setExplain = async active => {
    explain = active && (await load("widget-explain.js")).default;
    render();
  };
  const translate = () => {
    panel.lang = preview.lang = language;
    panel.ariaLabel = heading.textContent = dataset.title || text("title");
    switcher.textContent = text("other");
    switcher.lang = language === "ru" ? "en" : "ru";
    safety.replaceChildren(icon("lock"), text("safety"));
    input.placeholder = input.ariaLabel = text("input");
    banner.textContent = text("lost");
    picker.ariaLabel = picker.parentNode.title = text("attach");
    closer.ariaLabel = closer.title = text("close");
    sender.ariaLabel = sender.title = text("send");
    scroller.ariaLabel = text("log");
    const channels = (session()?.links || []).map(channel => channelLink(channel, text("tab"))).filter(Boolean);
    links.hidden = !channels.length;
    links.ariaLabel = text("links");
    links.replaceChildren(text("links"), ...channels);
    grow();
    render();
  };
  /** The bank's colour goes to the style sheet, which makes it readable. */
  const paint = () => {
    host.style.setProperty("--own", CSS.supports("color", dataset.color) ? dataset.color : "");
    host.classList.toggle("dark", dataset.theme ? dataset.theme === "dark" : darkness.matches);
    host.classList.toggle("left", dataset.position === "left");
  };

  // ---- start ----
  if ((await styled).type === "error") root.adoptedStyleSheets = [plainSheet()];
  host.style.display = "";
  paint();
  translate();
  write(visit.get(DRAFT) || "");
  setExplain(dataset.explain === "true");
  if (visit.get(OPEN) && !mobile.matches) open();
  else connect();
  ready({ open, close, setLanguage, setExplain });

  const growth = new ResizeObserver(() => stuck && toBottom());
  growth.observe(scroller);
  growth.observe(thread);
  on(scroller, "scroll", scrolled);
  on(darkness, "change", paint);
  new MutationObserver(paint).observe(script, { attributes: true }); // data-color and data-theme may change
  // A phone's keyboard takes its share.
  for (const type of ["resize", "scroll"]) on(visualViewport, type, () => {
    host.style.setProperty("--height", visualViewport.height + "px");
    host.style.setProperty("--top", visualViewport.offsetTop + "px");
  });
  on(window, "online", () => { failures = 0; connect(); });
  on(window, "offline", () => { disconnect(); connection(false); });
  on(window, "pagehide", disconnect);
  let idle;
  on(document, "visibilitychange", () => {
    clearTimeout(idle);
    // A browser has six connections to a host: hidden tabs give theirs back.
    if (document.hidden) idle = setTimeout(disconnect, 60000);
    else if (stream) catchUp().then(() => stuck && toBottom(), retryStream);
    else connect();
  });
  on(window, "storage", event => {
    if (!event.key?.startsWith(PREFIX)) return;
    if (event.key === SESSION) reset();
    if (event.key.startsWith(QUEUE)) setTimeout(pump, 1500); // its tab may be gone
    render();
  });
  // Proxies may hold back a stream: poll as well.
  setInterval(() => opened && stream && !document.hidden && catchUp().catch(retryStream), 45e3);
})();
