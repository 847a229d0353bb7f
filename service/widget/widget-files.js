/* Files in the web chat, loaded with the first of them: shown in the conversation, sent by the client. */

const TEXTS = {
  ru: {
    sending: "Отправляем файл", 413: "Файл слишком большой", 422: "Такой файл отправить нельзя",
    429: "Слишком много файлов подряд, подождите минуту", failed: "Файл не отправился, попробуйте ещё раз",
    many: "Не больше пяти файлов за раз",
  },
  en: {
    sending: "Sending the file", 413: "The file is too large", 422: "This kind of file can't be sent",
    429: "Too many files in a row, wait a minute", failed: "The file was not sent, try again",
    many: "Five files at once at most",
  },
};
const MOST = 5;
const UNITS = ["byte", "kilobyte", "megabyte"];

/** 48213 as «47 кБ», in the words of the language. */
const weigh = (bytes, locale) => {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(bytes || 1) / 10)));
  const options = { style: "unit", unit: UNITS[step], maximumFractionDigits: step > 1 ? 1 : 0 };
  return (bytes / 1024 ** step).toLocaleString(locale, options);
};

/** The files of a message as nodes: pictures in the page, all else as links with name and size. */
export const shown = (files, { anchor, icon, el, server, token, language }) => files.map(file => {
  const url = `${server}/chat/v1/files/${file.key}?token=${encodeURIComponent(token)}`, size = weigh(file.size, language);
  if (!file.picture) return anchor(url, icon("file"), el("span", {}, file.name), el("small", {}, size));
  const picture = el("img", { src: url + "&inline=true", alt: file.name });
  // One that can't be shown any more is a file like the others.
  picture.onerror = () => picture.replaceWith(file.name);
  return Object.assign(anchor(url, picture), { title: `${file.name}, ${size}` });
});

/** Uploads what was chosen, then sends one message with it and with what is written; the counter says how it goes. */
export const sent = async ({ api, enqueue, language, counter, input, write, picker }) => {
  const text = TEXTS[language], list = [...picker.files];
  const tell = words => { counter.textContent = words; };
  picker.value = ""; // the same file may be chosen again
  if (list.length > MOST) return tell(text.many);
  tell(text.sending + "…");
  try {
    const kept = [];
    for (const file of list) {
      const form = new FormData();
      form.append("file", file, file.name);
      kept.push(await api("POST", "files", form));
    }
    const words = input.value.trim();
    write("");
    enqueue(words, undefined, kept);
  } catch ({ status }) {
    tell(text[status] || text.failed);
  }
};
