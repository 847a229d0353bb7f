// The list on the left: one line a conversation. Rows come from Python, later only those that changed; times tick here.
export default {
  template: `
    <div class="inbox-list" role="listbox" :aria-label="words.list" ref="box" @scroll.passive="scrolled">
      <button v-for="(row, index) in shown" :key="row.id" type="button" role="option" class="inbox-row" :data-id="row.id"
              :tabindex="row.id === chosen || (!has_chosen && index === 0) ? 0 : -1" :aria-selected="row.id === chosen"
              :class="[row.sla, { mine: row.operator === me, unread: row.unread, held: row.operator && row.operator !== me }]" @click="$emit('open', row.id)">
        <span class="inbox-icon" :class="row.channel" :title="row.channel_name"><i class="material-icons" aria-hidden="true">{{ row.icon }}</i></span>
        <span class="inbox-main">
          <span class="inbox-top">
            <span class="inbox-name">{{ row.name }}</span>
            <span v-if="row.mood && row.mood !== 'glad'" class="inbox-mood" :title="words[row.mood]" role="img" :aria-label="words[row.mood]">{{ row.mood === "angry" ? "😡" : "🙁" }}</span>
            <span v-if="row.language !== 'ru'" class="inbox-language">{{ row.language }}</span>
            <span v-if="row.since" class="inbox-time" :class="row.sla" :title="words.since_title">{{ passed(row.since) }}</span>
            <span v-else class="inbox-time" :title="words.last_title">{{ clock(row.last_at) }}</span>
          </span>
          <span class="inbox-said"><span class="inbox-last"><b v-if="row.last_author">{{ row.last_author }}</b> {{ row.last }}</span>
            <span v-if="row.unread" class="inbox-unread" :aria-label="words.unread + ': ' + row.unread">{{ row.unread }}</span></span>
          <span class="inbox-marks">
            <span v-if="row.sla === 'breached'" class="pill bad">{{ words.breached }}</span>
            <span v-else-if="row.sla === 'warning'" class="pill warn">{{ words.warning }}</span>
            <span v-if="row.priority" class="pill" :class="row.priority">{{ words[row.priority] }}</span>
            <span v-if="row.operator === me" class="pill good">{{ words.mine }}</span>
            <span v-else-if="row.holder" class="pill"><i class="material-icons" aria-hidden="true">person</i>{{ row.holder }}</span>
            <span v-if="row.snoozed" class="pill">{{ words.snoozed }} {{ clock(row.snoozed) }}</span>
            <span v-if="row.topic" class="pill">{{ row.topic }}</span>
            <span v-for="tag in row.tags" :key="tag" class="pill">#{{ tag }}</span>
          </span>
        </span>
      </button>
      <div v-if="!shown.length" class="empty"><i class="material-icons empty-icon" aria-hidden="true">{{ loading ? "hourglass_empty" : "task_alt" }}</i><p>{{ loading ? words.loading : narrowed ? words.nothing_here : words.nobody }}</p><p v-if="!loading" class="muted">{{ narrowed ? words.nothing_here_hint : words.nobody_hint }}</p></div>
      <div v-else-if="can_more" class="inbox-more" aria-hidden="true">{{ words.loading }}</div>
    </div>`,
  props: { rows: Array, selected: Number, words: Object, more: Boolean, loading: Boolean, me: Number, zone: String },
  emits: ["open", "more", "sound"],
  data() {
    return { now: Date.now(), asked: 0, shown: this.rows, chosen: this.selected, can_more: this.more, rings: false, narrowed: false };
  },
  computed: {
    has_chosen() {
      return this.shown.some((row) => row.id === this.chosen);
    },
  },
  mounted() {
    this.clock_timer = setInterval(() => { this.now = Date.now(); }, 5000);
    try { this.rings = localStorage.getItem("otklik_sound") === "on"; } catch { /* no storage: silent */ }
    if (this.rings) this.$emit("sound", true);
  },
  unmounted() {
    clearInterval(this.clock_timer);
  },
  watch: {
    rows(now) {
      this.shown = now;
      this.asked = 0;
    },
    more(now) { this.can_more = now; },
    selected(now) { this.select(now); },
  },
  methods: {
    patch({ rows, order, more }) {
      const known = new Map(this.shown.map((row) => [row.id, row]));
      const louder = rows.some((row) => row.unread > (known.get(row.id)?.unread ?? 0) && row.operator in { 0: 1, [this.me]: 1 });
      for (const row of rows) known.set(row.id, row);
      const focused = this.$refs.box.contains(document.activeElement) ? document.activeElement.dataset.id : null;
      this.shown = (order ?? this.shown.map((row) => row.id)).map((id) => known.get(id)).filter(Boolean);
      this.can_more = more;
      this.asked = 0;
      this.now = Date.now();
      if (louder && this.rings) this.ring();
      if (focused) this.$nextTick(() => { if (document.activeElement === document.body) this.focus_row(); });
    },
    select(id) {
      const first = this.chosen !== id;
      this.chosen = id;
      if (first) {
        const address = new URL(location.href);
        if (id) address.searchParams.set("open", id);
        else address.searchParams.delete("open");
        history.replaceState(history.state, "", address);
      }
      this.$nextTick(() => {
        const row = this.row();
        row?.scrollIntoView({ block: "nearest" });
        const focus = document.activeElement;
        if (focus === document.body || this.$refs.box.contains(focus)) row?.focus({ preventScroll: true });
      });
    },
    narrow(on) {
      this.narrowed = on;
    },
    row() {
      return this.$refs.box.querySelector('[aria-selected="true"]');
    },
    focus_row(tries = 20) {
      // A menu gives the focus back to where it was when it has closed: the list is last.
      if (tries && document.querySelector(".q-menu")) return void setTimeout(() => this.focus_row(tries - 1), 50);
      (this.row() ?? this.$refs.box.querySelector(".inbox-row"))?.focus();
    },
    toggle_sound() {
      this.rings = !this.rings;
      try { localStorage.setItem("otklik_sound", this.rings ? "on" : "off"); } catch { /* for this page only */ }
      if (this.rings) this.ring();
      this.$emit("sound", this.rings);
    },
    ring() {
      try {
        this.audio ??= new AudioContext();
        const tone = this.audio.createOscillator();
        const volume = this.audio.createGain();
        const at = this.audio.currentTime;
        tone.frequency.setValueAtTime(660, at);
        tone.frequency.setValueAtTime(880, at + 0.09);
        volume.gain.setValueAtTime(0.08, at);
        volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
        tone.connect(volume).connect(this.audio.destination);
        tone.start(at);
        tone.stop(at + 0.32);
      } catch { /* a browser without sound */ }
    },
    passed(since) {
      const seconds = Math.max(0, (this.now - since) / 1000);
      if (seconds < 60) return this.words.now;
      if (seconds < 3600) return this.words.minutes.replace("{n}", Math.floor(seconds / 60));
      if (seconds < 86400) return this.words.hours.replace("{n}", Math.floor(seconds / 3600));
      return this.words.days.replace("{n}", Math.floor(seconds / 86400));
    },
    clock(moment) {
      const written = (options) => new Intl.DateTimeFormat(document.documentElement.lang || "ru", { timeZone: this.zone, ...options }).format(moment);
      const day = (at) => new Intl.DateTimeFormat("sv", { timeZone: this.zone }).format(at);
      return day(moment) === day(this.now) ? written({ hour: "2-digit", minute: "2-digit" }) : written({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
    },
    scrolled() {
      const box = this.$refs.box;
      if (this.can_more && !this.asked && box.scrollTop + box.clientHeight > box.scrollHeight - 600) {
        this.asked = 1;
        this.$emit("more");
      }
    },
  },
};
