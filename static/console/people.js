/** What a customer is called, with and without a name. Pure. */

/** @param {import("./words.js").Words} words @param {{name?: string, anonymous?: boolean} | undefined} customer */
export function customerName(words, customer) {
  return customer?.name || words.t("customer.visitor");
}

/** "王丽 女士", "Ms Smith": how this language addresses someone whose title the CRM knows.
 *  @param {import("./words.js").Words} words @param {{name: string, surname?: string, title?: string}} customer */
export function addressed(words, customer) {
  const title = customer.title ? words.t(`title.${customer.title}`) : "";
  return title ? words.t("customer.addressed", { name: customer.name, title }) : customer.name;
}

/** What this CRM is called here. @param {import("./words.js").Words} words @param {string} crm */
export function crmName(words, crm) {
  return words.has(`crm.name.${crm}`) ? words.t(`crm.name.${crm}`) : crm;
}

/** An address for the eye: an account without its realm.
 *  @param {{kind: string, value: string}} identity */
export function shortValue({ kind, value }) {
  if (kind === "account") return value.split("/").at(-1) ?? value;
  return value;
}
