// The list on the left: one line a conversation. Rows come from Python as they are; times tick here.
export default {
  template: `
    <div class="inbox-list" role="listbox" :aria-label="words.list" ref="box" @scroll.passive="scrolled">
      <button v-for="row in rows" :key="row.id" type="button" role="option" class="inbox-row" :data-id="row.id"
              :aria-selected="row.id === selected" :class="[row.sla, { mine: row.mine, unread: row.unread }]" @click="$emit('open', row.id)">
        <span class="inbox-icon" :class="row.channel" :title="row.channel_name"><i class="material-icons" aria-hidden="true">{{ row.icon }}</i></span>
        <span class="inbox-main">
          <span class="inbox-top">
            <span class="inbox-name">{{ row.name }}</span>
            <span v-if="row.mood" class="inbox-mood" :title="words[row.mood]">{{ row.mood === "angry" ? "😡" : row.mood === "upset" ? "🙁" : "🙂" }}</span>
            <span class="inbox-time" :class="row.sla" :title="row.since_title">{{ passed(row.since) }}</span>
          </span>
          <span class="inbox-last"><b v-if="row.last_author">{{ row.last_author }}</b> {{ row.last }}</span>
          <span class="inbox-marks">
            <span v-if="row.priority" class="pill" :class="row.priority">{{ words[row.priority] }}</span>
            <span v-if="row.topic" class="pill">{{ row.topic }}</span>
            <span v-if="row.holder" class="pill good">{{ row.holder }}</span>
            <span v-if="row.snoozed" class="pill">{{ words.snoozed }} {{ row.snoozed }}</span>
            <span v-for="tag in row.tags" :key="tag" class="pill">#{{ tag }}</span>
            <span v-if="row.unread" class="inbox-unread" :aria-label="words.unread + ': ' + row.unread">{{ row.unread }}</span>
          </span>
        </span>
      </button>
      <div v-if="!rows.length" class="empty"><i class="material-icons" aria-hidden="true">{{ loading ? "hourglass_empty" : "task_alt" }}</i><p>{{ loading ? words.loading : words.nobody }}</p></div>
    </div>`,
  props: { rows: Array, selected: Number, words: Object, more: Boolean, loading: Boolean },
  emits: ["open", "more"],
  data() {
    return { now: Date.now(), asked: 0 };
  },
  mounted() {
    this.clock = setInterval(() => { this.now = Date.now(); }, 5000);
  },
  unmounted() {
    clearInterval(this.clock);
  },
  watch: {
    selected() {
      this.$nextTick(() => this.$refs.box?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" }));
    },
    rows() {
      this.asked = 0;
    },
  },
  methods: {
    passed(since) {
      if (!since) return "";
      const seconds = Math.max(0, (this.now - since) / 1000);
      if (seconds < 60) return this.words.now;
      if (seconds < 3600) return this.words.minutes.replace("{n}", Math.floor(seconds / 60));
      if (seconds < 86400) return this.words.hours.replace("{n}", Math.floor(seconds / 3600));
      return this.words.days.replace("{n}", Math.floor(seconds / 86400));
    },
    scrolled() {
      const box = this.$refs.box;
      if (this.more && !this.asked && box.scrollTop + box.clientHeight > box.scrollHeight - 300) {
        this.asked = 1;
        this.$emit("more");
      }
    },
  },
};
