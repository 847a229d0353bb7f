// A table of figures: a heading is a button that sorts, a row may be chosen; on a phone each row is a card.
export default {
  template: `
    <div class="figures">
      <table v-if="rows.length" class="figures-table" :aria-label="name">
        <thead><tr>
          <th v-for="column in columns" :key="column.key" scope="col" :class="{ words: column.words }" :aria-sort="sorted(column)">
            <button type="button" class="figures-sort" :title="column.hint || words.sort" @click="sort(column)">{{ column.title }}<span aria-hidden="true" class="figures-arrow">{{ by === column.key ? (down ? "↓" : "↑") : "" }}</span></button>
          </th>
        </tr></thead>
        <tbody>
          <tr v-for="row in ordered" :key="row.id" :class="{ chosen: row.id === chosen, choosable }" @click="choosable && $emit('choose', row.id)">
            <component :is="index ? 'td' : 'th'" v-for="(column, index) in columns" :key="column.key" :scope="index ? null : 'row'" :class="[{ words: column.words }, row.cells[column.key].tone]" :data-title="column.title">
              <button v-if="!index && choosable" type="button" class="figures-choose" :aria-pressed="row.id === chosen" @click.stop="$emit('choose', row.id)">{{ row.cells[column.key].text }}</button>
              <span v-else>{{ row.cells[column.key].text }}</span>
              <span v-if="row.cells[column.key].bar !== null" class="figures-bar" aria-hidden="true"><i :style="{ width: 100 * row.cells[column.key].bar + '%' }"></i></span>
            </component>
          </tr>
        </tbody>
      </table>
      <p v-else class="empty">{{ empty }}</p>
    </div>`,
  props: { rows: Array, columns: Array, words: Object, name: String, chosen: String, choosable: Boolean, empty: String },
  emits: ["choose"],
  data() {
    return { by: "", down: true };
  },
  computed: {
    ordered() {
      if (!this.by) return this.rows;
      const place = (row) => row.cells[this.by].order;
      const sign = this.down ? -1 : 1;
      return [...this.rows].sort((one, other) => {
        const [a, b] = [place(one), place(other)];
        if (a === null || b === null) return (a === null) - (b === null); // what isn't known stands last either way
        return sign * (typeof a === "string" ? a.localeCompare(b) : a - b);
      });
    },
  },
  methods: {
    sorted(column) {
      return this.by !== column.key ? "none" : this.down ? "descending" : "ascending";
    },
    sort(column) {
      this.down = this.by === column.key ? !this.down : !column.words;
      this.by = column.key;
    },
  },
};
