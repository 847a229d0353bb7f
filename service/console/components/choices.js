// A few options, one of them chosen: arrows or the number choose, Enter confirms.
export default {
  template: `
    <fieldset class="choices" ref="box" @keydown="pressed">
      <legend class="only-heard">{{ title }}</legend>
      <label v-for="(option, index) in options" :key="option.value" class="choice" :class="{ chosen: option.value === value }">
        <input type="radio" :name="'choice' + $.uid" :value="option.value" :checked="option.value === value" @change="$emit('pick', option.value)">
        <span>{{ option.label }}</span><kbd v-if="index < 9" aria-hidden="true">{{ index + 1 }}</kbd>
      </label>
    </fieldset>`,
  props: { options: Array, value: String, title: String },
  emits: ["pick", "done"],
  mounted() {
    setTimeout(() => this.$refs.box?.querySelector("input:checked")?.focus(), 50);
  },
  methods: {
    pressed(event) {
      const number = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
      if (number && this.options[number - 1]) {
        event.preventDefault();
        this.$refs.box.querySelectorAll("input")[number - 1].focus();
        this.$emit("pick", this.options[number - 1].value);
      } else if (event.key === "Enter" && !event.repeat) {
        event.preventDefault();
        this.$emit("done");
      }
    },
  },
};
