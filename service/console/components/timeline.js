// The conversation: one timeline over all channels of the client. Newest at the bottom; earlier parts on the way up.
export default {
  template: `
    <div class="timeline" ref="box" role="log" :aria-label="words.timeline" @scroll.passive="scrolled" tabindex="0">
      <button v-if="earlier" type="button" class="timeline-earlier" @click="$emit('earlier')">{{ words.earlier }}</button>
      <template v-for="(item, index) in items" :key="item.key">
        <div v-if="starts_day(index)" class="timeline-day">{{ item.day }}</div>
        <div v-if="item.kind === 'event'" class="timeline-event"><span>{{ item.text }}</span><time>{{ item.time }}</time></div>
        <article v-else class="bubble" :class="item.kind" :data-seq="item.seq">
          <header v-if="item.author"><b>{{ item.author }}</b><span v-if="item.channel" class="pill">{{ item.channel }}</span></header>
          <div class="bubble-text">{{ item.text }}</div>
          <div v-if="item.files.length" class="bubble-files">
            <a v-for="file in item.files" :key="file.key" :href="file.url" target="_blank" rel="noopener" :class="{ picture: file.shown }">
              <img v-if="file.shown" :src="file.url" :alt="file.name" loading="lazy"><span v-else><i class="material-icons" aria-hidden="true">attach_file</i>{{ file.name }}</span>
            </a>
          </div>
          <footer>
            <button v-if="item.understood" type="button" class="understood" :class="{ corrected: item.understood.corrected, unsure: item.understood.unsure }"
                    :title="words.correct" @click="$emit('correct', { seq: item.seq, conversation: item.conversation })">
              <i class="material-icons" aria-hidden="true">{{ item.understood.corrected ? "edit" : "psychology" }}</i>{{ item.understood.title }}<span v-if="item.understood.percent"> · {{ item.understood.percent }}</span>
            </button>
            <span class="bubble-gap"></span>
            <time>{{ item.time }}</time>
            <span v-if="item.state" class="delivery" :class="item.state" :title="words['state_' + item.state]">{{ item.state === "seen" ? "✓✓" : item.state === "delivered" ? "✓✓" : item.state === "sent" ? "✓" : item.state === "failed" ? "⚠" : item.state === "unknown" ? "?" : "…" }}</span>
          </footer>
        </article>
      </template>
      <div v-if="typing" class="timeline-typing" aria-live="polite"><span></span><span></span><span></span> {{ words.typing }}</div>
    </div>`,
  props: { items: Array, earlier: Boolean, typing: Boolean, words: Object, conversation: Number },
  emits: ["earlier", "correct"],
  data() {
    return { at_end: true };
  },
  watch: {
    conversation() {
      this.at_end = true;
    },
    items: {
      handler(now, before) {
        const box = this.$refs.box;
        const height = box ? box.scrollHeight : 0;
        const grew_above = before && before.length && now.length && now[0].key !== before[0].key && now.some((item) => item.key === before[0].key);
        this.$nextTick(() => {
          if (this.at_end && !grew_above) box.scrollTop = box.scrollHeight;
          else if (grew_above) box.scrollTop += box.scrollHeight - height;
        });
      },
      immediate: false,
    },
    typing(on) {
      if (on && this.at_end) this.$nextTick(() => { this.$refs.box.scrollTop = this.$refs.box.scrollHeight; });
    },
  },
  methods: {
    starts_day(index) {
      return index === 0 || this.items[index].day !== this.items[index - 1].day;
    },
    scrolled() {
      const box = this.$refs.box;
      this.at_end = box.scrollTop + box.clientHeight > box.scrollHeight - 60;
      if (box.scrollTop < 40 && this.earlier) this.$emit("earlier");
    },
  },
};
