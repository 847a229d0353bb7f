// Keys of the inbox and what screen readers are told. A key is known by its place on the keyboard, not by its letter,
// so it works with any layout. Nothing happens while somebody types, or while a dialog or menu is open.
const MOVES = new Set(["KeyJ", "KeyK", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight"]);
const TO_BOX = new Set(["KeyA", "KeyE", "KeyN", "Slash"]);
const WORK = new Set(["Enter", "NumpadEnter", "Digit1", "Digit2", "Digit3", "Numpad1", "Numpad2", "Numpad3", "Escape", ..."ERTNBSGICOFPMV".split("").map((letter) => "Key" + letter)]);
const ASKS = new Set([..."RCTSGIMP"].map((letter) => "Key" + letter));
const ASKING_MS = 1500; // so long a number or Enter is meant for the question on its way, and sends nothing
export default {
  template: `<div class="only-heard" role="status" aria-live="polite">{{ said }}</div>`,
  emits: ["key", "seen"],
  data() {
    return { said: "", asked: 0 };
  },
  mounted() {
    document.addEventListener("keydown", this.pressed);
    document.addEventListener("visibilitychange", this.looked);
  },
  unmounted() {
    document.removeEventListener("keydown", this.pressed);
    document.removeEventListener("visibilitychange", this.looked);
  },
  methods: {
    say(text) {
      this.said = "";
      setTimeout(() => { this.said = text; }, 60);
    },
    // After a dialog: a focus that went with it goes to the list, where the keys work on and Tab begins.
    come_back(tries = 20) {
      if (tries && document.querySelector(".q-dialog")) return void setTimeout(() => this.come_back(tries - 1), 30);
      if (document.activeElement === document.body) document.querySelector('.inbox-row[tabindex="0"]')?.focus({ preventScroll: true });
    },
    looked() {
      this.$emit("seen", document.visibilityState === "visible");
    },
    pressed(event) {
      if (document.querySelector(".q-dialog, .q-menu")) return void (this.asked = 0); // the question is there
      if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
      const focus = document.activeElement;
      if (focus && (focus.matches("input, textarea, select") || focus.isContentEditable)) return;
      if (event.code === "PageUp" || event.code === "PageDown") return this.turn(event);
      const code = this.meaning(event);
      if (!code) return;
      const on_row = focus?.classList.contains("inbox-row");
      if ((code === "Enter" || code === "NumpadEnter") && focus?.matches("button, a, [role=button], summary") && !on_row) return;
      if (code.startsWith("Arrow") && focus?.closest(".timeline, .pane-side")) return;
      event.preventDefault();
      if (event.repeat && !MOVES.has(code)) return;
      if (/(\d|Enter)$/.test(code) && Date.now() - this.asked < ASKING_MS) return;
      if (ASKS.has(code)) this.asked = Date.now();
      if (TO_BOX.has(code)) this.go_to_box(code);
      const shown = document.querySelector(".suggestions")?.dataset.offer;
      // After what it has put into the box: a server that fills the box at the same time loses one of the two.
      this.$nextTick(() => this.$emit("key", { code, offer: Number(shown ?? 0) }));
    },
    // One types on at once, however far away the server is.
    go_to_box(code) {
      const box = document.querySelector('.composer-box textarea:not([aria-hidden="true"])');
      box?.focus();
      if (code !== "Slash" || !box?.offsetParent || box.value.startsWith("/") || box.closest(".noting")) return;
      Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, "/");
      box.dispatchEvent(new Event("input", { bubbles: true }));
    },
    turn(event) {
      const story = document.querySelector(".timeline");
      if (!story || story.contains(document.activeElement) || document.activeElement?.closest(".pane-side")) return;
      event.preventDefault();
      story.scrollBy({ top: (event.code === "PageUp" ? -0.85 : 0.85) * story.clientHeight });
    },
    meaning(event) {
      if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) return "Help";
      if (event.key === "/") return "Slash";
      return MOVES.has(event.code) || TO_BOX.has(event.code) || WORK.has(event.code) ? event.code : "";
    },
  },
};
