// The wall. Everything comes from Python; only the times tick here, by the server's clock.
export default {
  template: `
    <div class="wall" v-if="board">
      <div class="wall-figures">
        <div class="card wall-figure" :class="board.urgent ? 'bad' : ''"><div class="figure">{{ board.waiting }}</div><div class="figure-name">{{ words.waiting }}</div><div v-if="board.urgent" class="wall-more">{{ words.of_them_urgent.replace("{n}", board.urgent) }}</div></div>
        <div class="card wall-figure" :class="tone(board.since)"><div class="figure">{{ board.since ? passed(board.since) : "—" }}</div><div class="figure-name">{{ words.longest }}</div></div>
        <div class="card wall-figure" :class="board.present || !(board.planned || board.waiting) ? '' : 'bad'"><div class="figure">{{ board.present }}</div><div class="figure-name">{{ words.present }}</div><div class="wall-more">{{ words.planned.replace("{n}", board.planned) }} · {{ words.free.replace("{n}", board.free) }}</div></div>
        <div class="card wall-figure" :class="board.breaches ? 'bad' : board.warnings ? 'warn' : ''"><div class="figure">{{ board.breaches }}</div><div class="figure-name">{{ words.breaches }}</div><div class="wall-more">{{ words.soon.replace("{n}", board.warnings) }} · {{ words.today.replace("{n}", board.breaches_today) }}</div></div>
        <div class="card wall-figure"><div class="figure">{{ board.contained === null ? "—" : words.percent.replace("{n}", Math.round(100 * board.contained)) }}</div><div class="figure-name">{{ words.bot }}</div><div class="wall-more">{{ words.conversations.replace("{n}", board.conversations) }}</div></div>
        <div v-if="board.calls || board.on_call" class="card wall-figure" data-testid="phone"><div class="figure">{{ board.calls }}</div><div class="figure-name">{{ words.calls }}</div><div class="wall-more">{{ words.calls_lost.replace("{n}", board.calls_lost) }} · {{ words.talking.replace("{n}", board.on_call) }}</div></div>
      </div>
      <div class="wall-panes">
        <section class="card wall-queue" :aria-label="words.queue">
          <h2>{{ words.queue }}</h2>
          <table>
            <thead><tr><th scope="col">{{ words.department }}</th><th scope="col">{{ words.urgent }}</th><th scope="col">{{ words.high }}</th><th scope="col">{{ words.normal }}</th><th scope="col">{{ words.longest_short }}</th></tr></thead>
            <tbody>
              <tr v-for="row in board.departments" :key="row.id" :class="{ quiet: !row.total }">
                <th scope="row"><a :href="'/console/search?state=queued&department=' + encodeURIComponent(row.id)">{{ row.name }}</a></th>
                <td v-for="cell in row.cells" :key="cell.priority"><span class="wall-count" :class="[cell.priority, { none: !cell.count }]">{{ cell.count || "·" }}</span></td>
                <td :class="tone(row.since)">{{ row.since ? passed(row.since) : "" }}</td>
              </tr>
            </tbody>
          </table>
        </section>
        <div class="wall-side">
          <section class="card wall-people" :aria-label="words.operators">
            <h2>{{ words.operators }}</h2>
            <p v-if="board.missing" class="wall-missing">{{ words.missing.replace("{n}", board.missing) }}</p>
            <ul v-if="board.operators.length">
              <li v-for="person in board.operators" :key="person.login">
                <span class="wall-dot" :class="person.state" aria-hidden="true"></span>
                <span class="wall-person"><b>{{ person.name }}</b> <span class="muted">{{ words[person.state] }}<template v-if="person.since"> · {{ passed(person.since) }}</template></span></span>
                <span class="wall-load" :title="words.load"><span class="wall-bar" :class="{ full: person.share >= 1 }"><i :style="{ width: 100 * person.share + '%' }"></i></span><span>{{ person.load }}</span></span>
              </li>
            </ul>
            <p v-else class="empty">{{ words.nobody_present }}</p>
          </section>
          <section class="card wall-late" :aria-label="words.late">
            <h2>{{ words.late }}</h2>
            <ul v-if="board.late.length">
              <li v-for="each in board.late" :key="each.id"><a :href="'/console/inbox?open=' + each.id">
                <span class="wall-late-name"><b>{{ each.name }}</b> <span class="muted">{{ each.department }}<template v-if="each.operator"> · {{ each.operator }}</template></span></span>
                <span class="pill" :class="each.state === 'breached' ? 'bad' : 'warn'">{{ words[each.clock] + (each.due ? (each.due < now ? ", +" : ", ") + apart(each.due) : "") }}</span>
              </a></li>
            </ul>
            <p v-else class="empty">{{ words.nothing_late }}</p>
          </section>
        </div>
      </div>
    </div>
    <div v-else class="wall-loading" role="status">{{ words.loading }}</div>`,
  props: { board: Object, words: Object },
  data() {
    return { now: Date.now(), ahead: 0 };
  },
  mounted() {
    this.clock = setInterval(() => { this.now = Date.now() + this.ahead; }, 1000);
  },
  unmounted() {
    clearInterval(this.clock);
  },
  watch: {
    board: { immediate: true, handler(board) {
      if (!board) return;
      this.ahead = board.at - Date.now(); // this computer's clock may be wrong
      this.now = board.at;
    } },
  },
  methods: {
    passed(since) {
      return this.span(Math.max(0, this.now - since));
    },
    apart(due) {
      return this.span(Math.abs(this.now - due));
    },
    span(milliseconds) {
      const seconds = Math.floor(milliseconds / 1000);
      const say = (unit, n) => this.words[unit].replace("{n}", n);
      if (seconds < 60) return say("s", seconds);
      if (seconds < 600) return say("min", Math.floor(seconds / 60)) + " " + say("s", seconds % 60);
      if (seconds < 3600) return say("min", Math.floor(seconds / 60));
      if (seconds < 86400) return say("h", Math.floor(seconds / 3600)) + " " + say("min", Math.floor(seconds / 60) % 60);
      return say("d", Math.floor(seconds / 86400)) + " " + say("h", Math.floor(seconds / 3600) % 24);
    },
    tone(since) {
      const minutes = since ? (this.now - since) / 60000 : 0;
      return minutes >= 30 ? "bad" : minutes >= 10 ? "warn" : "";
    },
  },
};
