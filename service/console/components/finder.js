// Type to find one of many: the first that fits is chosen by Enter, arrows choose another. Enter goes on to the next field
// of the dialog, so that what is typed on doesn't end up here; coming back, Enter confirms.
export default {
  template: `
    <div class="finder">
      <input ref="box" class="finder-box" type="text" role="combobox" autocomplete="off" aria-autocomplete="list" aria-expanded="true" :aria-label="label" :aria-controls="'found' + $.uid"
             :aria-activedescendant="found.length ? 'found' + $.uid + '-' + at : null" :placeholder="label" v-model="words" @input="at = 0; pick('')" @keydown="pressed">
      <ul :id="'found' + $.uid" class="finder-list" role="listbox" :aria-label="label">
        <li v-for="(option, index) in found" :key="option.value" :id="'found' + $.uid + '-' + index" role="option" class="finder-option" :class="{ at: index === at, chosen: option.value === chosen }" :aria-selected="option.value === chosen" @mousedown.prevent="take(index)">{{ option.label }}<span class="muted">{{ option.hint }}</span></li>
        <li v-if="!found.length" class="finder-option muted">{{ nothing }}</li>
      </ul>
    </div>`,
  props: { options: Array, label: String, nothing: String },
  emits: ["pick", "done"],
  data() {
    return { words: "", at: 0, chosen: "" };
  },
  mounted() {
    setTimeout(() => this.$refs.box?.focus(), 30);
  },
  computed: {
    found() {
      const wanted = this.chosen ? "" : this.words.trim().toLowerCase();
      return this.options.filter((option) => option.label.toLowerCase().includes(wanted)).slice(0, 30);
    },
  },
  methods: {
    pick(value) {
      if (this.chosen === value) return;
      this.chosen = value;
      this.$emit("pick", value);
    },
    take(index) {
      const option = this.found[index];
      if (!option) return;
      this.words = option.label;
      this.pick(option.value);
      this.at = this.found.findIndex((each) => each.value === option.value);
      this.show();
    },
    go_on() {
      const fields = [...(this.$el.closest(".q-dialog")?.querySelectorAll("input, textarea") ?? [])];
      const next = fields.slice(fields.indexOf(this.$refs.box) + 1).find((each) => each.offsetParent && !each.readOnly);
      next?.focus();
    },
    show() {
      this.$nextTick(() => this.$el.querySelector(".finder-option.at")?.scrollIntoView({ block: "nearest" }));
    },
    pressed(event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        this.at = (this.at + (event.key === "ArrowDown" ? 1 : this.found.length - 1)) % Math.max(1, this.found.length);
        if (this.chosen) this.take(this.at);
        this.show();
      } else if (event.key === "Enter" && !event.ctrlKey && !event.repeat) {
        event.preventDefault();
        if (this.chosen) this.$emit("done");
        else if (this.found.length) {
          this.take(this.at);
          this.go_on();
        }
      }
    },
  },
};
