// A person's days at work: a strip of 24 hours each.
export default {
  template: `
    <div class="strips" role="list" :aria-label="name">
      <div class="strip-scale" aria-hidden="true"><span></span><span class="strip-hours"><i v-for="hour in [0, 3, 6, 9, 12, 15, 18, 21, 24]" :key="hour" :style="{ left: hour / 0.24 + '%' }">{{ hour }}</i></span><span></span></div>
      <div v-for="day in days" :key="day.day" role="listitem" class="strip" :aria-label="day.day + ': ' + day.worked + (day.stretches.length ? '. ' + day.stretches.map((each) => each.title).join(', ') : '')">
        <span class="strip-day" aria-hidden="true">{{ day.day }}</span>
        <span class="strip-line" aria-hidden="true"><i v-for="(each, index) in day.stretches" :key="index" :class="each.state" :title="each.title" :style="{ left: each.left + '%', width: each.width + '%' }"></i></span>
        <span class="strip-worked" aria-hidden="true">{{ day.worked }}</span>
      </div>
      <p class="strip-legend" aria-hidden="true"><span v-for="state in ['online', 'busy', 'on_call', 'break']" :key="state"><i :class="state"></i>{{ words[state] }}</span></p>
    </div>`,
  props: { days: Array, name: String, words: Object },
};
