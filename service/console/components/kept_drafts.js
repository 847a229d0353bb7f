// What was begun and not sent outlives a reload: kept in this tab for this person, handed back once.
export default {
  template: `<span hidden></span>`,
  props: { me: Number },
  emits: ["found"],
  data() {
    return { drafts: {} };
  },
  mounted() {
    addEventListener("pagehide", this.store);
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.name()) ?? "{}");
      sessionStorage.removeItem(this.name());
      if (Object.keys(kept).length) this.$emit("found", kept);
    } catch { /* no storage: nothing is kept */ }
  },
  unmounted() {
    removeEventListener("pagehide", this.store);
  },
  methods: {
    name() {
      return `otklik_drafts_${this.me}`;
    },
    keep(conversation, text) {
      if (text) this.drafts[conversation] = text;
      else delete this.drafts[conversation];
    },
    store() {
      const box = document.querySelector('.composer:not(.noting) .composer-box textarea:not([aria-hidden="true"])');
      const open = box?.dataset.conversation;
      const begun = box?.value.startsWith("/") ? "" : box?.value;
      if (open) this.keep(open, begun);
      try {
        if (Object.keys(this.drafts).length) sessionStorage.setItem(this.name(), JSON.stringify(this.drafts));
      } catch { /* no storage: nothing is kept */ }
    },
  },
};
