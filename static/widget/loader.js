// The launcher, served as /widget.js: <script async src="https://HOST/widget.js" data-site="SITE_ID"></script>
// Optional: data-locale, data-accent (#rrggbb), data-theme (light, dark). To call it before it has loaded:
// window.OneThread ??= (...call) => (OneThread.q ??= []).push(call)
(() => {
  const { src, dataset: set } = document.currentScript;
  const host = new URL(src).origin;
  const key = "onethread:" + set.site;
  const waiting = window.OneThread?.q || [];
  const listeners = {};
  // All that the frame is told: each change sends the whole.
  const state = {
    locale: set.locale || document.documentElement.lang || navigator.language,
    theme: set.theme,
    page: location.origin + location.pathname,
    open: false,
    identified: 0,
    left: 0,
  };
  let token, frame, loaded, count;

  const holder = document.createElement("div");
  // A constructed sheet in a closed shadow tree: the host's CSP needs HOST in script-src and frame-src, nothing else.
  const root = holder.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`:host{all:initial;position:fixed;z-index:2147483000;inset-inline-end:20px;bottom:20px}
button{width:56px;height:56px;border:0;border-radius:50%;cursor:pointer;background:var(--a);color:var(--o)}
button:focus-visible{outline:3px solid var(--a);outline-offset:3px}
svg{width:28px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round}
b{position:absolute;top:-4px;right:-4px;padding:4px 8px;border-radius:12px;font:600 12px/1 system-ui;background:#b3261e;color:#fff}
iframe{position:fixed;inset-inline-end:20px;bottom:88px;width:384px;height:min(640px,100vh - 108px);border:1px solid #8885;border-radius:16px}
[hidden]{display:none}
@media(max-width:480px){iframe{inset:0;width:100%;height:100%;border:0;border-radius:0}}`);
  root.adoptedStyleSheets = [sheet];
  const make = (tag, parent = root, name) => parent.appendChild(document.createElementNS(`http://www.w3.org/${name || "1999/xhtml"}`, tag));
  const button = make("button");
  const svg = make("svg", button, "2000/svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  make("path", svg, "2000/svg").setAttribute("d", "M4 12a8 7 0 1 1 4 6l-4 2 1-4a7 7 0 0 1-1-4M9 12h0M12.500 12h0M16 12h0");
  const badge = make("b");
  button.onclick = () => show(!state.open);

  const kept = (until) => {
    try {
      if (until === "") localStorage.removeItem(key);
      else if (until) localStorage[key] = until;
      return localStorage[key];
    } catch {}
  };
  const emit = (type, value) => listeners[type]?.forEach((listener) => listener(value));
  const post = (more) => frame.contentWindow.postMessage(more, host);
  const tell = (more) => {
    Object.assign(state, more);
    if (loaded) post({ onethread: state });
  };

  const create = () => {
    if (frame) return;
    frame = make("iframe");
    frame.title = button.title;
    frame.allow = "camera;microphone;display-capture;autoplay;fullscreen;clipboard-write";
    frame.src = host + "/widget/frame?site=" + set.site;
    frame.onload = () => tell((loaded = {}));
    frame.hidden = true;
  };
  const show = (open) => {
    if (open === state.open) return;
    create();
    tell({ open });
    frame.hidden = !open;
    (open ? frame : button).focus();
    unread(count);
    emit(open ? "open" : "close");
  };
  const unread = (n = 0) => {
    badge.hidden = !n || state.open;
    badge.textContent = n > 99 ? "99+" : n;
    button.title = (/^zh/i.test(state.locale) ? "在线客服" : "Talk to us") + (n ? ` (${n})` : "");
    button.ariaExpanded = state.open;
    if (n !== count) emit("unread", (count = n));
  };
  const colour = (hex) => {
    const [r, g, b] = hex.match(/\w\w/g).map((part) => parseInt(part, 16));
    holder.style.setProperty("--a", hex);
    holder.style.setProperty("--o", r * 3 + g * 6 + b > 1500 ? "#111" : "#fff");
  };

  const calls = {
    __proto__: null,
    open: () => show(true),
    close: () => show(false),
    toggle: () => show(!state.open),
    locale: (locale) => tell({ locale }),
    on: (type, listener) => (listeners[type] ??= []).push(listener),
    identify(source) {
      if (!source) return calls.logout();
      token = source;
      tell({ identified: state.identified + 1 });
    },
    logout() {
      token = 0;
      // What the frame stored, only the frame can wipe.
      if (kept()) create();
      tell({ identified: 0, left: state.left + 1 });
    },
  };
  const heard = {
    __proto__: null,
    open: () => show(true),
    close: () => show(false),
    unread,
    kept,
    colour: (hex) => set.accent || colour(hex),
    // The host's own code runs here; whatever it throws is an answer, too.
    token: (id) => new Promise((done) => done(token && token())).then(
      (value) => post({ id, token: value || null }),
      () => post({ id }),
    ),
  };
  addEventListener("message", ({ source, origin, data: said }) => {
    if (source === frame?.contentWindow && origin === host) heard[said?.onethread]?.(said.value);
  });
  root.addEventListener("keydown", (event) => event.key === "Escape" && show(false));

  const begin = () => {
    document.body.append(holder);
    // Who never wrote here costs the hub no connection; who did, sees the answer on the badge.
    if (kept() > Date.now()) (window.requestIdleCallback || setTimeout)(create, { timeout: 1000 }); // on a page that is never idle, too
  };
  colour(set.accent || "#0b6b5d");
  unread();
  window.OneThread = (name, ...more) => calls[name]?.(...more);
  waiting.forEach((call) => OneThread(...call));
  document.body ? begin() : addEventListener("DOMContentLoaded", begin);
})();
