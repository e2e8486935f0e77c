/** What can be asked of the CRM in a conversation: what is offered, which fields it takes, what is sent. Pure. */
import { DAY, midnight } from "./times.js";

/** @typedef {import("./form.js").Kind} Kind */
/** @typedef {{name: string, as: "text" | "lines" | "choice" | "time", label: string, said?: string, value?: string, most?: number, needed?: boolean, choices?: string[], words?: string}} Field `label` and `words` are keys of the catalogue; `said` a label that is somebody's own word; `words` the start of the choices' keys */

export const REQUESTS = /** @type {Record<Kind, string>} */ ({
  ticket: "ticket.create",
  ticket_update: "ticket.update",
  task: "task.add",
  edit: "customer.edit",
  lead: "lead.create",
});

export const STATUSES = ["open", "pending", "solved", "closed"];
export const PRIORITIES = ["low", "normal", "high", "urgent"];

/** Fields of a customer that hold several values. */
const SEVERAL = ["emails", "phones"];

/** What this customer's CRM can take now. @param {any} context @returns {Record<Kind, boolean>} */
export function offered(context) {
  const can = (/** @type {string[]} */ ...whats) => whats.some((it) => context?.can?.includes(it));
  const known = context?.outcome === "found";
  return {
    ticket: can("create_ticket", "create_lead") && context.outcome !== "several",
    ticket_update: known && can("update_ticket"),
    task: known && can("add_task", "add_note"),
    edit: known && context.editable?.length > 0,
    lead: !known && context?.outcome !== "several" && can("create_lead"),
  };
}

/** What it will become, because this CRM has no such thing; "" when it has. @param {Kind} kind @param {any} context @returns {"" | "note" | "lead"} */
export function becomes(kind, context) {
  if (kind === "task" && !context.can.includes("add_task")) return "note";
  if (kind === "ticket" && (context.outcome !== "found" || !context.can.includes("create_ticket"))) return "lead";
  return "";
}

/**
 * @param {Kind} kind @param {any} context @param {import("./order.js").Row} row @param {number} now epoch ms
 * @returns {Field[]}
 */
export function fields(kind, context, row, now) {
  switch (kind) {
    case "ticket":
      return [
        { name: "subject", as: "text", label: "ask.subject", most: 200, needed: true },
        { name: "body", as: "lines", label: "ask.body", most: 4_000 },
        { name: "priority", as: "choice", label: "ask.priority", value: "normal", choices: PRIORITIES, words: "level" },
        ...orderField(context),
      ];
    case "ticket_update":
      return [
        { name: "status", as: "choice", label: "ask.status", choices: ["", ...STATUSES], words: "ticket" },
        { name: "priority", as: "choice", label: "ask.priority", choices: ["", ...PRIORITIES], words: "level" },
        { name: "comment", as: "lines", label: "ask.comment", most: 4_000 },
      ];
    case "task":
      return [
        { name: "title", as: "text", label: "ask.title", most: 200, needed: true },
        { name: "due", as: "time", label: "ask.due", value: local(midnight(now) + DAY * 1.5, 10), needed: true },
      ];
    case "lead":
      return [
        { name: "name", as: "text", label: "ask.name", value: row.customer.name, most: 120 },
        { name: "contact", as: "text", label: "ask.contact", value: contact(row), most: 254, needed: true },
        { name: "interest", as: "lines", label: "ask.interest", most: 4_000 },
      ];
    case "edit":
      return context.editable.flatMap((/** @type {string} */ field) => editFields(context.customer, field));
  }
}

/** @param {any} context @returns {Field[]} */
function orderField({ orders = [] }) {
  const numbers = orders.map((/** @type {any} */ it) => it.number);
  return numbers.length ? [{ name: "order_ref", as: "choice", label: "ask.order", choices: ["", ...numbers] }] : [];
}

/** One input for each value, and one more where there can be several. @param {any} customer @param {string} field @returns {Field[]} */
function editFields(customer, field) {
  const own = field.startsWith("custom.") ? { label: "", said: field.slice("custom.".length) } : { label: `field.${field}` };
  return [...valuesOf(customer, field), ...(SEVERAL.includes(field) ? [""] : [])].map((value, i) => ({
    name: `${field}:${i}`,
    as: "text",
    value,
    most: 1_000,
    ...(i > 0 && value === "" ? { label: `field.${field}.more` } : own),
  }));
}

/** @param {any} customer @param {string} field @returns {string[]} at least one text */
function valuesOf(customer, field) {
  const held = field.startsWith("custom.") ? customer.custom?.[field.slice("custom.".length)] : customer[field];
  const several = (Array.isArray(held) ? held : [held]).map((it) => String(it?.raw ?? it ?? ""));
  return several.length ? several : [""];
}

/** The best address that somebody left, claims included: a person will check it. @param {import("./order.js").Row} row */
function contact({ identities }) {
  return ["phone", "email", "wechat"].map((kind) => identities.find((it) => it.kind === kind)?.value).find(Boolean) ?? "";
}

/**
 * What is sent; null when nothing would change.
 * @param {Kind} kind @param {Record<string, string>} texts field -> text @param {any} context @param {any} about
 * @returns {Record<string, unknown> | null}
 */
export function sent(kind, texts, context, about) {
  const said = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text.trim()]));
  if (kind === "edit") return edits(said, context);
  if (kind === "task") return { title: said.title, due: new Date(said.due).getTime() };
  const filled = Object.fromEntries(Object.entries(said).filter(([, text]) => text));
  if (kind !== "ticket_update") return filled;
  return Object.keys(filled).length ? { number: about.number, ...filled } : null;
}

/** A blank is never written over what the CRM has. @param {Record<string, string>} said @param {any} context */
function edits(said, { customer, editable }) {
  const changes = editable.flatMap((/** @type {string} */ field) => {
    const were = valuesOf(customer, field);
    return [...were, ""].flatMap((was, i) => {
      const now = said[`${field}:${i}`];
      return now && now !== was ? [{ field, was, now }] : [];
    });
  });
  return changes.length ? { changes } : null;
}

/** What `effect.requested` tells was asked, as its request takes it. @param {any} ask */
export function again({ kind, draft, change, ...more }) {
  return { type: REQUESTS[/** @type {Kind} */ (kind)], d: { ...draft, ...change, ...more } };
}

/** As `<input type=datetime-local>` writes it: that day here, at this hour. @param {number} at @param {number} hour */
function local(at, hour) {
  const day = new Date(at);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}T${two(hour)}:00`;
}
