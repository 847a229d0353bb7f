/* The demonstration page's switches. The page drives the widget only through window.Otklik and data- attributes. */
"use strict";
const byId = id => document.getElementById(id);
const page = document.documentElement;
const embedded = document.querySelector("script[src$='widget.js']");
const remembered = key => { try { return localStorage.getItem("demo:" + key); } catch { return null; } };
const remember = (key, value) => { try { localStorage.setItem("demo:" + key, value); } catch { /* private mode */ } };
/** Runs `work` now, or as soon as the async widget is there. */
const withChat = work => (window.Otklik ? work(window.Otklik) : embedded.addEventListener("load", () => work(window.Otklik)));

const showLanguage = language => {
  page.lang = language;
  document.title = language === "ru" ? "Банк «Северный мост»" : "Severny Most Bank";
  withChat(chat => chat.setLanguage(language));
};
const showTheme = dark => {
  page.dataset.theme = embedded.dataset.theme = dark ? "dark" : "light";
};
const showExplanations = active => withChat(chat => chat.setExplain(active));

byId("language").addEventListener("click", () => {
  showLanguage(page.lang === "ru" ? "en" : "ru");
  remember("language", page.lang);
});
byId("dark").addEventListener("change", event => {
  showTheme(event.target.checked);
  remember("dark", event.target.checked);
});
byId("explain").addEventListener("change", event => {
  showExplanations(event.target.checked);
  remember("explain", event.target.checked);
});
byId("color").addEventListener("input", event => { embedded.dataset.color = event.target.value; });
for (const button of document.querySelectorAll("[data-ask]"))
  button.addEventListener("click", () => withChat(chat => chat.open(button.dataset.ask || undefined)));

const asked = new URLSearchParams(location.search);
showLanguage((asked.get("language") || remembered("language")) === "en" ? "en" : "ru");
byId("dark").checked = (asked.get("theme") || (remembered("dark") ?? matchMedia("(prefers-color-scheme: dark)").matches).toString()).match(/dark|true/) !== null;
showTheme(byId("dark").checked);
byId("explain").checked = asked.get("explain") === "true" || remembered("explain") === "true";
showExplanations(byId("explain").checked);
