// <onethread-assist>, served as /assist.js: <script async src="https://HOST/assist.js"></script>
//   <onethread-assist customer="C-1001" email="li@example.com" phone="+86138…" lang="zh-CN" theme="dark"></onethread-assist>
// Optional: hub="https://HOST" when the script is a module or comes from elsewhere. It fires `state`, `calling`, `customer`.
(() => {
  const home = document.currentScript && new URL(document.currentScript.src).origin;
  const WISHES = ["customer", "email", "phone", "lang", "theme"];
  /** Events that the panel may cause, each with a `detail`. */
  const EVENTS = ["state", "calling", "customer"];
  /** A panel that says nothing for so long (ms) was not let in here. */
  const PATIENCE = 20000;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`:host{display:block;position:relative;min-width:280px;height:640px}
[hidden]{display:none}
iframe{display:block;width:100%;height:100%;border:0}
p{position:absolute;inset:0;margin:0;padding:24px;overflow:auto;font:14px/1.5 system-ui;background:Canvas;color:CanvasText}`);

  class Assist extends HTMLElement {
    static observedAttributes = WISHES;
    #root = this.attachShadow({ mode: "closed" });
    #frame = null;
    #hub = "";
    #heard = (event) => this.#hear(event);
    #timer = 0;

    connectedCallback() {
      this.#hub = new URL(this.getAttribute("hub") || home || location.href, location.href).origin;
      this.#root.adoptedStyleSheets = [sheet];
      this.#frame = document.createElement("iframe");
      this.#frame.title = "OneThread";
      this.#frame.allow = "clipboard-write";
      this.#frame.src = this.#hub + "/assist";
      this.#frame.onload = () => this.#tell();
      this.#root.replaceChildren(this.#frame);
      addEventListener("message", this.#heard);
      this.#timer = setTimeout(() => this.#shutOut(), PATIENCE);
    }

    disconnectedCallback() {
      clearTimeout(this.#timer);
      removeEventListener("message", this.#heard);
      this.#root.replaceChildren();
      this.#frame = null;
    }

    attributeChangedCallback() {
      this.#tell();
    }

    /** All that this page wishes, to the hub's own origin and to nobody else. */
    #tell() {
      const wish = Object.fromEntries(WISHES.map((name) => [name, this.getAttribute(name) ?? undefined]));
      wish.lang ??= document.documentElement.lang || undefined;
      this.#frame?.contentWindow?.postMessage({ onethread: wish }, this.#hub);
    }

    #hear({ source, origin, data: said }) {
      if (source !== this.#frame?.contentWindow || origin !== this.#hub) return;
      clearTimeout(this.#timer);
      if (EVENTS.includes(said?.onethread)) this.dispatchEvent(new CustomEvent(said.onethread, { detail: said.value }));
    }

    #shutOut() {
      const words = document.createElement("p");
      words.lang = /^zh/i.test(document.documentElement.lang || navigator.language) ? "zh-CN" : "en";
      words.textContent = words.lang === "en"
        ? `${this.#hub} did not let the panel open here. Whoever runs it can allow ${location.origin} (setting assist_origins).`
        : `${this.#hub} 没有允许在这里打开面板。请让管理员把 ${location.origin} 加入 assist_origins 设置。`;
      this.#root.append(words);
      this.dispatchEvent(new CustomEvent("state", { detail: "shut_out" }));
    }
  }

  if (!customElements.get("onethread-assist")) customElements.define("onethread-assist", Assist);
})();
