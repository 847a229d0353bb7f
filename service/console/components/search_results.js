// What a search found. The words of clients are text, never HTML.
export default {
  template: `
    <div class="found" :aria-busy="state === 'waiting'">
      <p v-if="state === 'waiting'" class="found-waiting" role="status">{{ words.searching }}</p>
      <ol v-if="rows.length" ref="list" :aria-label="words.found" @keydown.down.prevent="step(1)" @keydown.up.prevent="step(-1)">
        <li v-for="row in rows" :key="row.id">
          <a class="found-row" :href="'/console/inbox?open=' + row.id" :data-id="row.id">
            <i class="material-icons found-icon" :title="row.channel" aria-hidden="true">{{ row.icon }}</i>
            <span class="found-main">
              <span class="found-top"><b class="found-name">{{ row.name }}</b><span class="pill" :class="{ good: row.state === 'operator', warn: row.state === 'queued' }">{{ words["state_" + row.state] }}</span><span v-if="row.priority" class="pill" :class="row.priority === 'urgent' ? 'bad' : 'warn'">{{ words[row.priority] }}</span><span class="found-at">{{ row.at }}</span></span>
              <span v-if="row.hit.length" class="found-hit"><span v-if="row.said_by" class="muted">{{ row.said_by }}: </span><template v-for="(piece, index) in row.hit" :key="index"><mark v-if="piece.hit">{{ piece.text }}</mark><template v-else>{{ piece.text }}</template></template> <span class="muted">· {{ row.said_at }}</span></span>
              <span class="found-marks"><span v-if="row.topic">{{ row.topic }}</span><span v-if="row.department">{{ row.department }}</span><span v-if="row.operator">{{ row.operator }}</span><span v-for="tag in row.tags" :key="tag" class="pill">#{{ tag }}</span></span>
            </span>
          </a>
        </li>
      </ol>
      <p v-if="state === 'nothing'" class="empty" role="status">{{ all ? words.none_yet : words.nothing }}</p>
      <button v-if="more" ref="more" type="button" class="choice found-more" @click="$emit('more')">{{ words.more }}</button>
    </div>`,
  props: { rows: Array, more: Boolean, all: Boolean, state: String, words: Object },
  emits: ["more"],
  methods: {
    step(by) {
      const links = [...this.$refs.list.querySelectorAll("a")];
      const next = links[links.indexOf(document.activeElement) + by];
      if (next) next.focus();
      else if (by < 0) document.querySelector("[data-testid=search-text]")?.focus();
    },
  },
};
