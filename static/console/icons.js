/** The icons, drawn here: 16 px, one stroke width, coloured by their text. */
import { html, svg } from "../vendor/lit.js";

const PATHS = {
  mine: svg`<path d="M8 8.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 14c.6-2.6 2.7-4 5.5-4s4.9 1.4 5.5 4"/>`,
  queue: svg`<path d="M2.5 4h11M2.5 8h11M2.5 12h6"/>`,
  bot: svg`<path d="M3 6.5h10v6.5H3zM8 3v3.5M8 2.5v.5M5.8 9.3v.9M10.2 9.3v.9"/>`,
  all: svg`<path d="M2.5 9.5 4.5 3h7l2 6.5V13h-11zM2.5 9.5h3l1 1.8h3l1-1.8h3"/>`,
  web: svg`<path d="M2 3h12v8.5H2zM5.5 14h5"/>`,
  app: svg`<path d="M4.5 1.5h7v13h-7zM7 12.5h2"/>`,
  email: svg`<path d="M2 3.5h12v9H2zM2 4l6 5 6-5"/>`,
  take: svg`<path d="M8 2v8M5 7l3 3 3-3M2.5 10.5V14h11v-3.5"/>`,
  assign: svg`<path d="M2.5 8H12M8.5 4.5 12 8l-3.5 3.5M14 3v10"/>`,
  resolve: svg`<path d="m2.5 8.5 3.5 3.5 7.5-8"/>`,
  reopen: svg`<path d="M3 8a5 5 0 1 0 1.7-3.8M3 2.5v3h3"/>`,
  snooze: svg`<path d="M8 14A5.5 5.5 0 1 0 8 3a5.5 5.5 0 0 0 0 11ZM8 6v3l2 1.5M2 3.5 4 2M14 3.5 12 2"/>`,
  back: svg`<path d="M10 3 5 8l5 5"/>`,
  close: svg`<path d="m4 4 8 8M12 4l-8 8"/>`,
  down: svg`<path d="m3.5 6 4.5 4.5L12.5 6"/>`,
  customer: svg`<path d="M2 3h12v10H2zM10 3v10"/>`,
  refresh: svg`<path d="M13 8a5 5 0 1 1-1.5-3.6M13 2v3.2H9.8"/>`,
  send: svg`<path d="M8 13.5v-11M3.5 7 8 2.5 12.5 7"/>`,
  note: svg`<path d="M3 2.5h10V10l-3.5 3.5H3zM13 10H9.5v3.5"/>`,
  search: svg`<path d="M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3l3.7 3.7"/>`,
  settings: svg`<path d="M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6M8.5 3.5v3h3v-3zM4.5 9.5v3h3v-3z"/>`,
  sent: svg`<path d="m3 8.5 3 3 7-7"/>`,
  delivered: svg`<path d="m1 8.5 3 3 6.5-7M8 11.5l.5.5L15 4.5"/>`,
  waiting: svg`<path d="M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM8 5v3l2 1.5"/>`,
  failed: svg`<path d="M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM8 5v3.5M8 10.5v.3"/>`,
  proven: svg`<path d="M8 1.8 13 4v4c0 3-2 5.2-5 6.3C5 13.2 3 11 3 8V4zM5.8 8l1.6 1.6 3-3.2"/>`,
  tag: svg`<path d="M2.5 2.5H8l5.5 5.5L8 13.5 2.5 8zM5.3 5.3v.2"/>`,
  bold: svg`<path d="M4.5 2.5H8a2.6 2.6 0 0 1 0 5.3H4.5zM4.5 7.8h4.2a2.8 2.8 0 0 1 0 5.7H4.5z"/>`,
  italic: svg`<path d="M7 2.5h4M5 13.5h4M9.3 2.5l-2.6 11"/>`,
  code: svg`<path d="M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5"/>`,
  list: svg`<path d="M6 4h7.5M6 8h7.5M6 12h7.5M2.5 4h.5M2.5 8h.5M2.5 12h.5"/>`,
  link: svg`<path d="M6.5 9.5 9.5 6.5M7 4.5l1.5-1.5a3 3 0 0 1 4.5 4.3L11.5 9M9 11.5 7.5 13A3 3 0 0 1 3 8.7L4.5 7"/>`,
  copy: svg`<path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3"/>`,
  ticket: svg`<path d="M2 4.500h12v2.300a1.300 1.300 0 0 0 0 2.400v2.300H2V9.200a1.300 1.300 0 0 0 0-2.400zM9.500 5v1M9.500 7.500v1M9.500 10v1"/>`,
  task: svg`<path d="M2.500 3.500h11v10h-11zM2.500 6.500h11M5.500 2v3M10.500 2v3M6 10l1.500 1.500L10.500 9"/>`,
  lead: svg`<path d="M6.500 8a2.800 2.800 0 1 0 0-5.500 2.800 2.800 0 0 0 0 5.500ZM1.500 13.500c.500-2.300 2.400-3.500 5-3.500 1 0 2 .200 2.800.600M12.500 9.500v5M10 12h5"/>`,
  edit: svg`<path d="M3 13l.700-3L11 2.700l2.300 2.300L6 12.300zM9.500 4.200l2.300 2.300"/>`,
  out: svg`<path d="M9 2.500h4.500V7M13.500 2.500 7.500 8.500M11.500 9.500v4h-9v-9h4"/>`,
  suggest: svg`<path d="M8 1.800 9.300 6l4.200 1.300-4.200 1.300L8 12.800 6.700 8.600 2.500 7.300 6.700 6zM12.500 11.500v3M11 13h3"/>`,
  knowledge: svg`<path d="M8 4v10M8 4C6.500 2.800 4.500 2.500 2 2.500v10c2.500 0 4.500.300 6 1.500 1.500-1.200 3.500-1.500 6-1.500v-10c-2.500 0-4.500.300-6 1.500"/>`,
  integrations: svg`<path d="M5.500 2v3.500M10.500 2v3.500M3.500 5.500h9V8a4.500 4.500 0 0 1-9 0zM8 12.500V15"/>`,
  more: svg`<path d="M3.5 8h.01M8 8h.01M12.5 8h.01"/>`,
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${PATHS[name]}</svg>`;
}
