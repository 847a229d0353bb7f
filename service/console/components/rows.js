// A table that reads as cards on a narrow screen. Rows come from Python; they are drawn in portions while one scrolls.
const PORTION = 60;
export default {
  template: `
    <div class="rows-box">
      <table v-if="rows.length" class="rows">
        <caption class="sr-only">{{ name }}</caption>
        <thead><tr><th v-for="(label, at) in columns" :key="at" scope="col">{{ label }}</th><th v-if="acts" scope="col"><span class="sr-only">{{ words.actions }}</span></th></tr></thead>
        <tbody>
          <tr v-for="row in rows.slice(0, drawn)" :key="row.id" :data-id="row.id" :class="{ faded: row.faded, opens }">
            <td v-for="(cell, at) in row.cells" :key="at" :data-label="columns[at]" :class="{ blank: !cell.text && !cell.pills && !cell.sub }">
              <button v-if="opens && at === 0" type="button" class="row-open" @click="$emit('open', row.id)">{{ cell.text }}</button>
              <span v-else-if="cell.text" :class="cell.look">{{ cell.text }}</span>
              <span v-if="cell.sub" class="row-sub">{{ cell.sub }}</span>
              <span v-if="cell.pills" class="row-pills"><span v-for="(pill, n) in cell.pills" :key="n" class="pill" :class="pill[1]">{{ pill[0] }}</span></span>
            </td>
            <td v-if="acts" class="row-acts">
              <button v-for="act in row.acts || []" :key="act[0]" type="button" class="row-act" :aria-label="act[1] + ': ' + row.cells[0].text" @click="$emit('act', { id: row.id, act: act[0] })">{{ act[1] }}</button>
            </td>
          </tr>
        </tbody>
      </table>
      <p v-if="rows.length && more" class="rows-more"><button type="button" class="row-act" @click="$emit('more')">{{ words.more }}</button></p>
      <div v-if="drawn < rows.length" ref="end" class="rows-end"></div>
      <div v-if="!rows.length" class="empty" role="status">
        <i class="material-icons" aria-hidden="true">{{ loading ? "hourglass_empty" : icon }}</i><p>{{ loading ? words.loading : empty }}</p>
      </div>
    </div>`,
  props: { name: String, columns: Array, rows: Array, empty: String, icon: String, opens: Boolean, acts: Boolean, more: Boolean, loading: Boolean, words: Object },
  emits: ["open", "act", "more"],
  data() {
    return { drawn: PORTION };
  },
  mounted() {
    this.eye = new IntersectionObserver((seen) => { if (seen.some((each) => each.isIntersecting)) this.drawn += PORTION; }, { rootMargin: "600px" });
    this.watchEnd();
  },
  updated() {
    this.watchEnd();
  },
  unmounted() {
    this.eye.disconnect();
  },
  methods: {
    watchEnd() {
      this.eye.disconnect();
      if (this.$refs.end) this.eye.observe(this.$refs.end);
    },
  },
};
