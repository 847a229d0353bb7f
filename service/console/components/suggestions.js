// Ready replies, best first. 1-3 accept, E edits, R rejects the chosen one: the keys are handled by the page.
export default {
  template: `
    <section class="suggestions" :aria-label="words.title">
      <article v-for="one in items" :key="one.rank" class="suggestion" :class="[one.kind, { chosen: one.rank === chosen, rejected: one.rejected }]" @click="$emit('choose', one.rank)">
        <header><kbd v-if="one.rank <= 3">{{ one.rank }}</kbd><span class="pill" :class="one.kind">{{ words[one.kind] }}</span>
          <span class="suggestion-source" :title="one.source">{{ one.source }}</span><span class="suggestion-score" :title="words.score">{{ one.percent }}</span></header>
        <p>{{ one.text }}</p>
        <footer v-if="active && !one.rejected">
          <button type="button" class="small primary" @click.stop="$emit('accept', one.rank)">{{ words.accept }}</button>
          <button type="button" class="small" @click.stop="$emit('edit', one.rank)">{{ words.edit }}</button>
          <button type="button" class="small quiet" @click.stop="$emit('reject', one.rank)">{{ words.reject }}</button>
        </footer>
      </article>
      <p v-if="!items.length" class="muted suggestions-none">{{ words.none }}</p>
    </section>`,
  props: { items: Array, chosen: Number, active: Boolean, words: Object },
  emits: ["choose", "accept", "edit", "reject"],
};
