// Ready replies, best first. 1-3 accept, E edits, R rejects the chosen one: the keys are handled by the page.
// What is emitted names the offer that is on the screen: a newer one may have been made meanwhile.
export default {
  template: `
    <section class="suggestions" :aria-label="words.title" :data-offer="offer">
      <h2 v-if="items.length" class="side-title">{{ words.heading }}</h2>
      <p v-if="about" class="suggestions-about" :title="about">{{ about }}</p>
      <p v-if="told" class="suggestions-about" :title="told">{{ told }}</p>
      <article v-for="one in items" :key="offer + '/' + one.rank" class="suggestion" :class="[one.kind, { chosen: one.rank === chosen, rejected: one.rejected, sent: one.sent }]" @click="$emit('choose', { offer, rank: one.rank })">
        <header><kbd v-if="one.rank <= 3 && !one.sent">{{ one.rank }}</kbd><span class="pill" :class="one.kind">{{ words[one.kind] }}</span>
          <span class="suggestion-source" :title="one.source">{{ one.source }}</span><span class="suggestion-score" :title="words.score">{{ one.percent }}</span></header>
        <span v-if="one.sent" class="pill suggestion-sent">{{ words.sent }}</span>
        <small v-if="one.question" class="suggestions-about" :title="one.question">{{ one.question }}</small>
        <p>{{ one.text }}</p>
        <footer v-if="active && !one.rejected">
          <button type="button" class="small primary" :aria-label="words.accept + ': ' + one.source" @click.stop="$emit('accept', { offer, rank: one.rank })">{{ words.accept }}</button>
          <button type="button" class="small" :aria-label="words.edit + ': ' + one.source" @click.stop="$emit('edit', { offer, rank: one.rank })">{{ words.edit }}<kbd v-if="one.rank === chosen">E</kbd></button>
          <button type="button" class="small quiet" :aria-label="words.reject + ': ' + one.source" @click.stop="$emit('reject', { offer, rank: one.rank })">{{ words.reject }}<kbd v-if="one.rank === chosen">R</kbd></button>
        </footer>
        <footer v-else-if="one.rejected" class="muted">{{ words.rejected }}</footer>
      </article>
      <p v-if="!items.length && active" class="muted suggestions-none">{{ words.none }}</p>
    </section>`,
  props: { items: Array, chosen: Number, active: Boolean, words: Object, offer: Number, about: String, told: String },
  emits: ["choose", "accept", "edit", "reject"],
  watch: {
    offer() {
      this.$nextTick(() => { const pane = this.$el.closest(".pane-side"); if (pane) pane.scrollTop = 0; });
    },
  },
};
