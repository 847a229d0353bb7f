"use strict";
// The form of the sign-in page: sends what was typed, shows what went wrong in the page's language.
(() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const field = (id) => document.getElementById(id);
  const problem = field("problem");

  async function post(path, body) {
    try {
      const answer = await fetch(path, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      });
      const said = answer.status === 204 ? {} : await answer.json();
      return { ok: answer.ok, said, wait: Number(answer.headers.get("Retry-After")) };
    } catch {
      return { ok: false, said: { code: "offline" } };
    }
  }

  function words_for(said, wait) {
    const sentence = words[said.code] || said.detail || words.failed;
    const minutes = Math.max(1, Math.ceil((wait || 60) / 60));
    return sentence.replace("{wait}", words.wait.replace("{n}", minutes))
      .replace("{shortest}", "10").replace("{longest}", "1024");
  }

  field("with-code").addEventListener("click", () => {
    field("code-row").hidden = false;
    field("with-code").hidden = true;
    field("code").focus();
  });

  field("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    const login = field("login").value.trim();
    const password = field("password").value;
    if (!login || !password) {
      problem.textContent = words.empty;
      (login ? field("password") : field("login")).focus();
      return;
    }
    const code = field("code").value.trim();
    const { ok, said, wait } = await post("/staff/v1/sign-in", code ? { login, password, code } : { login, password });
    if (!ok) {
      problem.textContent = words_for(said, wait);
      field("password").select();
    } else if (said.must_change_password) {
      field("form").hidden = true;
      field("new-password").hidden = false;
      field("new").focus();
    } else {
      location.assign("/console/");
    }
  });

  field("new-password").addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { old: field("password").value, new: field("new").value };
    const { ok, said, wait } = await post("/staff/v1/password", body);
    if (ok) location.assign("/console/");
    else field("new-problem").textContent = words_for(said, wait);
  });

  field("language").addEventListener("click", () => {
    const kept = { language: field("language").dataset.language, theme: document.documentElement.dataset.theme };
    const value = encodeURIComponent(JSON.stringify(kept));
    document.cookie = `otklik_console=${value};path=/console;max-age=31536000;samesite=lax`;
    location.reload();
  });
})();
