// Keys of the review page. A key is known by its place on the keyboard, not by its letter, so it works with any layout.
// Nothing happens while somebody types, or while a dialog or menu is open. `item` is what was on the screen just then.
const WORK = new Set(["Digit0", "Numpad0", "KeyS", "KeyU", "KeyM", "KeyH", "Slash"]);
for (let place = 1; place <= 5; place += 1) WORK.add(`Digit${place}`).add(`Numpad${place}`);
export default {
  template: `<div class="only-heard" role="status" aria-live="polite">{{ said }}</div>`,
  emits: ["key"],
  data() {
    return { said: "" };
  },
  mounted() {
    document.addEventListener("keydown", this.pressed);
  },
  unmounted() {
    document.removeEventListener("keydown", this.pressed);
  },
  methods: {
    say(text) {
      this.said = "";
      setTimeout(() => { this.said = text; }, 60);
    },
    pressed(event) {
      if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
      if (document.querySelector(".q-dialog, .q-menu")) return;
      const focus = document.activeElement;
      if (focus && (focus.matches("input, textarea, select") || focus.isContentEditable)) return;
      const help = event.key === "?" || (event.code === "Slash" && event.shiftKey);
      const code = help ? "Help" : event.key === "/" ? "Slash" : event.code;
      if (!help && !WORK.has(code)) return;
      event.preventDefault();
      const shown = document.querySelector(".review-card")?.dataset.item;
      this.$emit("key", { code, item: Number(shown ?? 0) });
    },
  },
};
