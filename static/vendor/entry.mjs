// What our pages take from Lit. Nothing here can write raw HTML: `unsafe*` directives stay out on purpose.
export { LitElement, html, svg, css, nothing, render } from "lit";
export { repeat } from "lit/directives/repeat.js";
export { classMap } from "lit/directives/class-map.js";
export { live } from "lit/directives/live.js";
export { ref, createRef } from "lit/directives/ref.js";
