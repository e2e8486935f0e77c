// The demo's words, for the shop and the app, in both languages.

/** @typedef {keyof typeof en} Key */

const en = {
  tagline: "Quiet things for a lighter day",
  intro: "Small appliances that do one thing well, built to be mended. Questions? Whoever bought one has asked them before: our assistant answers at once, and people are one tap away.",
  ask: "Ask us",
  guest: "Not signed in",
  signin: "Sign in as a sample customer",
  signout: "Sign out",
  samples: "Everybody here is invented.",
  story: "See the whole story in five minutes",
  "story.1": "Sign in as a sample customer (above, right) and open the conversation. The assistant greets them by name, and knows their orders.",
  "story.2": "Ask “Where is my order?”, then how to descale the kettle. The answers come from the CRM and from the manuals of what they own.",
  "story.3": "Open the app as the same customer. It is the same conversation, on another device, in step to the letter.",
  "story.4": "Write “agent”. Sign in to the console as a colleague, accept, and answer. Nobody asks the customer to say it all again.",
  "story.5": "Now go offline, write, come back, reload, let a process crash: nothing is lost and nothing is said twice.",
  "open.app": "Open the app",
  "open.console": "Open the console",
  logins: "Sample sign-ins for the console",
  password: "password",
  embed: "How a shop embeds it",
  "embed.tag": "One line in the page:",
  "embed.who": "And, for who is signed in, a token from the shop's own back end:",
  foot: "A demo of OneThread. Nothing here is for sale.",
  unavailable: "The catalogue could not be loaded. Please reload the page.",
  language: "中文",

  "crm.title": "Celadon CRM",
  "crm.customers": "Customers",
  "crm.hint": "This page stands for the CRM you have. It knows whose record is open and names them to the panel; the conversation itself it cannot read.",
  "crm.id": "Customer id",
  "crm.tag": "All that the page says to the panel:",

  "app.title": "Celadon app",
  "app.who": "Who are you?",
  "app.hello": "Good to see you, {name}",
  "app.shop": "Shop",
  "app.help": "Help",
  "app.me": "Me",
  "app.wipe": "Signing out removes the conversation from this device.",
  "app.hint": "This page is a second device: its own connection, the app channel. Open the shop beside it as the same customer.",
  "app.shopping": "Open the shop",
};

/** @type {Record<Key, string>} */
const zh = {
  tagline: "安静好用，日子轻一点",
  intro: "一件电器做好一件事，坏了也修得好。有疑问直接问：智能助手随时回答，转人工只要点一下。",
  ask: "咨询",
  guest: "未登录",
  signin: "以体验账号登录",
  signout: "退出登录",
  samples: "以下人物均为虚构。",
  story: "五分钟看完整个故事",
  "story.1": "在右上角登录一个体验账号，打开客服窗口。智能助手会叫出称呼，也知道这位顾客的订单。",
  "story.2": "问一句“我的订单到哪了”，再问水壶怎么除垢。答案来自 CRM，以及顾客名下产品的说明书。",
  "story.3": "用同一位顾客打开手机应用：换了设备，还是同一段对话，一字不差、实时同步。",
  "story.4": "输入“转人工”，再到工作台用同事的账号登录、接入、回复。顾客不用从头再讲一遍。",
  "story.5": "断网、写一条、再联网，刷新页面，甚至让进程崩溃：消息不丢，也不会重复。",
  "open.app": "打开手机应用",
  "open.console": "打开客服工作台",
  logins: "工作台体验账号",
  password: "密码",
  embed: "商家怎样接入",
  "embed.tag": "页面里加一行：",
  "embed.who": "顾客登录后，由商家自己的后端签发令牌：",
  foot: "OneThread 演示店铺，商品不出售。",
  unavailable: "商品目录没有加载出来，请刷新页面再试。",
  language: "English",

  "crm.title": "青瓷生活 CRM",
  "crm.customers": "客户",
  "crm.hint": "这个页面代表您现有的 CRM。它知道打开的是谁的资料，告诉面板的也只有这个；会话内容它读不到。",
  "crm.id": "客户编号",
  "crm.tag": "页面告诉面板的全部内容：",

  "app.title": "青瓷应用",
  "app.who": "请选择体验账号",
  "app.hello": "{name}，您好",
  "app.shop": "商城",
  "app.help": "客服",
  "app.me": "我的",
  "app.wipe": "退出登录会清除本机上的对话。",
  "app.hint": "这一页相当于第二台设备：独立连接，应用渠道。可以用同一位顾客同时打开店铺页面对照着看。",
  "app.shopping": "打开店铺",
};

const CATALOGUES = { en, zh };
const KEY = "demo:language";

/** @returns {"zh" | "en"} what was chosen here before, else what the browser prefers */
export const language = () =>
  /** @type {any} */ (localStorage.getItem(KEY)) ?? (/^zh/i.test(navigator.language) ? "zh" : "en");

/** @param {"zh" | "en"} chosen */
export const speak = (chosen) => localStorage.setItem(KEY, chosen);

/** The tag that the widget is told. @param {"zh" | "en"} chosen */
export const tag = (chosen) => (chosen === "zh" ? "zh-CN" : "en");

/** @param {"zh" | "en"} chosen @returns {(key: Key, values?: Record<string, string>) => string} */
export const words = (chosen) => (key, values = {}) =>
  CATALOGUES[chosen][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
