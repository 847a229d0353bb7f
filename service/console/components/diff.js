// What changed between two texts, line by line; long unchanged stretches are folded.
const KEPT = 3;
export default {
  template: `
    <div class="diff" role="group" :aria-label="words.diff">
      <p v-if="!changed" class="muted diff-same">{{ words.no_changes }}</p>
      <template v-else v-for="(part, n) in parts" :key="n">
        <button v-if="part.folded" type="button" class="diff-fold" @click="open.push(n)">{{ words.folded.replace("{n}", part.lines.length) }}</button>
        <div v-else v-for="(line, at) in part.lines" :key="at" class="diff-line" :class="line.kind">
          <span class="diff-mark" aria-hidden="true">{{ marks[line.kind] }}</span><span class="sr-only">{{ words[line.kind] }}</span><span class="diff-text">{{ line.text || " " }}</span>
        </div>
      </template>
    </div>`,
  props: { lines: Array, words: Object },
  data() {
    return { open: [], marks: { added: "+", removed: "−", same: "" } };
  },
  computed: {
    changed() {
      return this.lines.some((line) => line.kind !== "same");
    },
    parts() {
      const near = new Set();
      this.lines.forEach((line, at) => {
        if (line.kind !== "same") for (let i = at - KEPT; i <= at + KEPT; i++) near.add(i);
      });
      const parts = [];
      this.lines.forEach((line, at) => {
        const far = !near.has(at);
        if (!parts.length || parts.at(-1).far !== far) parts.push({ far, lines: [] });
        parts.at(-1).lines.push(line);
      });
      return parts.map((part, n) => ({ ...part, folded: part.far && part.lines.length > 2 && !this.open.includes(n) }));
    },
  },
};
