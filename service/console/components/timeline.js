// The conversation: one timeline over all channels of the client. Newest at the bottom; earlier parts on the way up.
const MARKS = { seen: "✓✓", delivered: "✓✓", sent: "✓", failed: "⚠", unknown: "?" };
const SAID = new Set(["client", "operator", "note"]); // what one may have missed; the rest only happened
export default {
  template: `
    <div class="timeline-frame">
      <div class="timeline" ref="box" role="log" :aria-label="words.timeline" @scroll.passive="scrolled" tabindex="0">
        <button v-if="can_earlier" type="button" class="timeline-earlier" @click="ask_earlier">{{ words.earlier }}</button>
        <template v-for="(item, index) in shown" :key="item.key">
          <div v-if="starts_day(index)" class="timeline-day">{{ item.day }}</div>
          <div v-if="item.key === unread" class="timeline-unread" role="separator"><span>{{ words.unread }}</span></div>
          <div v-if="item.kind === 'event'" class="timeline-event"><span><i v-if="item.icon" class="material-icons" aria-hidden="true">{{ item.icon }}</i>{{ item.text }}</span><time>{{ item.time }}</time></div>
          <article v-else class="bubble" :class="item.kind" :data-seq="item.seq">
            <header v-if="item.author"><i v-if="item.kind === 'note'" class="material-icons" aria-hidden="true">sticky_note_2</i><b>{{ item.author }}</b><span v-if="item.kind === 'note'">{{ words.note }}</span><span v-if="item.channel" class="pill">{{ item.channel }}</span></header>
            <header v-else-if="item.channel"><span class="pill">{{ item.channel }}</span></header>
            <div v-if="item.text" class="bubble-text">{{ item.text }}</div>
            <div v-if="item.files.length" class="bubble-files">
              <a v-for="file in item.files" :key="file.key" :href="file.url" target="_blank" rel="noopener" :class="{ picture: file.shown }">
                <img v-if="file.shown" :src="file.url" :alt="file.name" loading="lazy" @load="follow"><span v-else><i class="material-icons" aria-hidden="true">attach_file</i>{{ file.name }}</span>
              </a>
            </div>
            <div v-if="item.problem" class="bubble-problem">{{ words['state_' + item.state] }}: {{ item.problem }}</div>
            <footer>
              <button v-if="item.understood" type="button" class="understood" :class="{ corrected: item.understood.corrected, unsure: item.understood.unsure }"
                      :title="words.correct" @click="$emit('correct', { seq: item.seq, conversation: item.conversation })">
                <i class="material-icons" aria-hidden="true">{{ item.understood.corrected ? "edit" : "psychology" }}</i>{{ item.understood.title }}<span v-if="item.understood.percent"> · {{ item.understood.percent }}</span>
              </button>
              <span class="bubble-gap"></span>
              <time>{{ item.time }}</time>
              <span v-if="item.state" class="delivery" :class="item.state" role="img" :aria-label="words['state_' + item.state]" :title="words['state_' + item.state]">{{ marks[item.state] ?? "…" }}</span>
            </footer>
          </article>
        </template>
        <div v-if="types" class="timeline-typing"><span></span><span></span><span></span> {{ words.typing }}</div>
      </div>
      <button v-if="below" type="button" class="timeline-below" @click="to_end">{{ words.below }} · {{ below }} <i class="material-icons" aria-hidden="true">arrow_downward</i></button>
    </div>`,
  props: { items: Array, earlier: Boolean, typing: Boolean, words: Object, conversation: Number, unread: String },
  emits: ["earlier", "correct"],
  data() {
    return { at_end: true, below: 0, marks: MARKS, shown: this.items, can_earlier: this.earlier, types: this.typing, asked: 0 };
  },
  mounted() {
    this.to_end();
    this.sizes = new ResizeObserver(() => this.follow());
    this.sizes.observe(this.$refs.box);
  },
  unmounted() {
    this.sizes.disconnect();
  },
  watch: {
    conversation() {
      this.at_end = true;
      this.below = 0;
    },
    items(now) {
      this.can_earlier = this.earlier;
      this.types = this.typing;
      this.replace(now);
    },
    types() {
      this.$nextTick(this.follow);
    },
  },
  methods: {
    patch({ items, order, earlier, typing }) {
      this.can_earlier = earlier;
      this.types = typing;
      this.asked = 0;
      if (!items) return;
      const known = new Map(this.shown.map((item) => [item.key, item]));
      for (const item of items) known.set(item.key, item);
      this.replace((order ?? this.shown.map((item) => item.key)).map((key) => known.get(key)).filter(Boolean));
    },
    replace(now) {
      const box = this.$refs.box;
      const before = this.shown;
      const height = box.scrollHeight;
      const known = new Set(before.map((item) => item.key));
      const same = now.some((item) => known.has(item.key));
      const grew_above = same && now[0].key !== before[0].key && !known.has(now[0].key);
      const fresh = now.filter((item) => !known.has(item.key));
      if (same && !grew_above && fresh.some((item) => item.mine)) this.at_end = true;
      if (same && !grew_above && !this.at_end) this.below += fresh.filter((item) => SAID.has(item.kind) && !item.mine).length;
      this.shown = now;
      this.asked = 0;
      this.$nextTick(() => {
        if (!same) this.to_end();
        else if (grew_above) box.scrollTop += box.scrollHeight - height;
        else this.follow();
      });
    },
    ask_earlier() {
      // Asked once; when no answer comes (the server was busy), again after a while.
      if (!this.can_earlier || Date.now() - this.asked < 3000) return;
      this.asked = Date.now();
      this.$emit("earlier");
    },
    starts_day(index) {
      return index === 0 || this.shown[index].day !== this.shown[index - 1].day;
    },
    follow() {
      const box = this.$refs.box;
      if (this.at_end && box) box.scrollTop = box.scrollHeight;
    },
    to_end() {
      const box = this.$refs.box;
      this.at_end = true;
      this.below = 0;
      const mark = box.querySelector(".timeline-unread");
      box.scrollTop = box.scrollHeight;
      if (mark && mark.offsetTop - box.offsetTop < box.scrollTop) box.scrollTop = mark.offsetTop - box.offsetTop - 40;
    },
    scrolled() {
      const box = this.$refs.box;
      this.at_end = box.scrollTop + box.clientHeight > box.scrollHeight - 60;
      if (this.at_end) this.below = 0;
      if (box.scrollTop < 40 && box.scrollHeight > box.clientHeight) this.ask_earlier();
    },
  },
};
