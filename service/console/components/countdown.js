// How long until a reply is due, counted down by the second. `due` is a moment in milliseconds, 0 for none.
export default {
  template: `<span v-if="due" class="pill countdown" :class="late ? 'bad' : state === 'warning' ? 'warn' : ''" :title="words.due_title"><i class="material-icons" aria-hidden="true">timer</i>{{ text }}</span>`,
  props: { due: Number, state: String, clock: String, words: Object },
  data() {
    return { now: Date.now() };
  },
  mounted() {
    this.timer = setInterval(() => { this.now = Date.now(); }, 1000);
  },
  unmounted() {
    clearInterval(this.timer);
  },
  computed: {
    late() {
      return this.state === "breached" || this.due <= this.now;
    },
    text() {
      const seconds = Math.floor(Math.abs(this.due - this.now) / 1000);
      const two = (n) => String(n).padStart(2, "0");
      const time = seconds < 3600 ? `${Math.floor(seconds / 60)}:${two(seconds % 60)}` : seconds < 172800
        ? `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}` : this.words.days.replace("{n}", Math.floor(seconds / 86400));
      return this.words[this.late ? "late" : `due_${this.clock}`].replace("{time}", time);
    },
  },
};
