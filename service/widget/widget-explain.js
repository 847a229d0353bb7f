/* For demonstrations: a card below each own message with what the service understood of it (GET /chat/v1/explain). */

const TEXTS = {
  ru: {
    heading: "Как понято", scope: "в теме", noscope: "вне темы", urgent: "срочно", keywords: "по ключевым словам",
    decision: "Решение", ms: "мс",
    positive: "доброжелательно", neutral: "спокойно", negative: "недовольно",
    answer: "ответить", clarify: "уточнить", handoff: "передать специалисту", start_dialogue: "начать диалог",
    suggest: "подсказать специалисту", social: "поддержать разговор", control: "выполнить команду",
    refuse: "отказать", wait: "подождать продолжения", silent: "промолчать",
  },
  en: {
    heading: "Understood as", scope: "in scope", noscope: "out of scope", urgent: "urgent", keywords: "by keywords",
    decision: "Decision", ms: "ms",
    handoff: "hand off", start_dialogue: "start a dialogue", social: "small talk",
  },
};
const cards = new Map();
const percent = share => Math.round(share * 100) + "%";

/** The card of a message, made once for each language; it fills itself when the service has understood the message. */
export default (message, { el, api, language }) => {
  const key = language + message.id;
  if (!cards.has(key)) {
    cards.set(key, el("div.card", { role: "note", hidden: true, "aria-live": "off" }));
    fill(cards.get(key), { el, api, language }, message.seq, 0);
  }
  return cards.get(key);
};

/** A message is understood a moment after it was taken, so a 404 is asked again a few times. */
const fill = async (card, chat, seq, tries) => {
  try {
    card.replaceChildren(...describe(await chat.api("GET", "explain?seq=" + seq), chat));
    card.hidden = false;
  } catch (error) {
    if (error.status === 404 && tries < 5) setTimeout(fill, 700 * (tries + 1), card, chat, seq, tries + 1);
    else if (!error.status) throw error;
  }
};

const describe = (found, { el, language }) => {
  const text = key => TEXTS[language][key] || key;
  const bar = ({ title, intent, confidence }) => {
    const line = el("i");
    line.style.width = percent(Math.min(1, Math.max(0, confidence)));
    return el("div.bar", {}, el("span", {}, title || intent), el("span", {}, percent(confidence)), el("div", {}, line));
  };
  const time = found.ms && `${found.ms.toLocaleString(language)} ${text("ms")}`;
  const scope = `${text(found.in_scope ? "scope" : "noscope")} ${found.scope_score.toFixed(2)}`;
  const tag = (words, warning) => words && el(warning ? "span.over" : "span", {}, words);
  const tags = [
    tag(scope, !found.in_scope), tag(found.language), tag(text(found.sentiment)),
    found.urgent && tag(text("urgent"), true), found.keywords_used && tag(text("keywords")),
    ...found.entities.map(entity => tag(`${entity.kind}: ${entity.value}`)),
  ];
  return [
    el("div.top", {}, el("b", {}, text("heading")), el("span", {}, [time, found.model].filter(Boolean).join(" · "))),
    ...found.ranking.slice(0, 3).map(bar),
    el("p", {}, ...tags),
    ...found.articles.slice(0, 2).map(one => el("small", {}, `${one.title} · ${one.score.toFixed(2)}`)),
    el("small", {}, `${text("decision")}: ${text(found.decision.kind)}`),
  ];
};
