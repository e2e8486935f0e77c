// Covers static/sdk/markdown.js: the safe subset, honest links, and no text that makes it slow.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../../static/sdk/markdown.js";
import { chance } from "./fakes.mjs";

const words = (parts) =>
  parts.map((part) => {
    if (part.kind === "text") return part.text;
    if (part.kind === "link") return `<${part.href}|${words(part.parts)}>`;
    return `{${part.kind} ${part.text ?? words(part.parts)}}`;
  }).join("");
const line = (text) => words(parse(text)[0].lines[0]);

for (const [text, expected] of [
  ["**bold** and *italic* and `code`", "{bold bold} and {italic italic} and {code code}"],
  ["2 * 3 * 4 and 5*6", "2 * 3 * 4 and 5*6"],
  ["20*30*40 cm, 2**3**4", "20*30*40 cm, 2**3**4"],
  ["这是*重点*，K200**要点**内容", "这是{italic 重点}，K200{bold 要点}内容"],
  ["`**not bold**`", "{code **not bold**}"],
  ["*unclosed and **unclosed", "*unclosed and **unclosed"],
  ["see [the manual](https://acme.example/k200)", "see <https://acme.example/k200|the manual>"],
  ["**[bold link](https://acme.example)**", "{bold <https://acme.example|bold link>}"],
  ["go to https://acme.example/a?b=1.", "go to <https://acme.example/a?b=1|https://acme.example/a?b=1>."],
  ["请看https://acme.example/订单，谢谢", "请看<https://acme.example/订单|https://acme.example/订单>，谢谢"],
  ["[acme.example](https://acme.example/x)", "<https://acme.example/x|acme.example>"],
  ["[bank.example](https://evil.example/x)", "<https://evil.example/x|https://evil.example/x>"],
  ["[click](javascript:alert(1))", "[click](javascript:alert(1))"],
  ["[click](http://plain.example)", "[click](http://plain.example)"],
  ["[click](data:text/html,x)", "[click](data:text/html,x)"],
  ["<b onclick=x>hi</b> &amp; <script>", "<b onclick=x>hi</b> &amp; <script>"],
]) {
  test(`inline: ${text}`, () => assert.equal(line(text), expected));
}

test("paragraphs, lists and code blocks", () => {
  const blocks = parse("one\ntwo\n\n- a\n- b\n1. x\n2. y\n```js\nlet **a**\n```\nafter");
  assert.deepEqual(blocks.map((block) => block.kind), ["paragraph", "list", "list", "code", "paragraph"]);
  assert.deepEqual(blocks[0].lines.map(words), ["one", "two"]);
  assert.deepEqual([blocks[1].ordered, blocks[1].items.map(words)], [false, ["a", "b"]]);
  assert.deepEqual([blocks[2].ordered, blocks[2].start], [true, 1]);
  assert.equal(blocks[3].text, "let **a**");
});

test("a list that starts at 3 says so; a lonely dash is text; a year is no list", () => {
  assert.equal(parse("3. third")[0].start, 3);
  assert.equal(parse("- ")[0].kind, "paragraph");
  assert.equal(parse("2026.11 order")[0].kind, "paragraph");
});

test("an unclosed code block ends with the text; empty text is nothing", () => {
  assert.deepEqual(parse("```\nabc"), [{ kind: "code", text: "abc" }]);
  assert.deepEqual(parse(" \n\n"), []);
});

const flat = (parts) => parts.map((part) => part.text ?? flat(part.parts)).join("");

test("whatever is typed, every link is https, no letter is lost and it is quick", () => {
  const pieces = ["*", "**", "`", "[", "]", "(", ")", "https://", "a.b", "javascript:", " ", "字", "\n", "- ", "1. ", "```", "x", "。", "<", ">"];
  for (let seed = 1; seed <= 400; seed++) {
    const random = chance(seed);
    const text = Array.from({ length: 60 }, () => pieces[Math.floor(random() * pieces.length)]).join("");
    const blocks = parse(text);
    const every = blocks.flatMap((block) => block.lines ?? block.items ?? []).flat();
    const links = (parts) => parts.flatMap((part) => [part.href ?? [], links(part.parts ?? [])].flat());
    for (const href of links(every)) assert.match(href, /^https:\/\//, text);
    const kept = blocks.map((block) => block.text ?? (block.lines ?? block.items).map(flat).join("")).join("");
    for (const letter of ["字", "x"]) {
      const count = (where) => where.split(letter).length;
      if (!text.includes("```")) assert.equal(count(kept) >= count(text), true, text);
    }
  }
  for (const evil of ["*", "**", "[", "`", "[a](", "https://", "*a", "- ", "[".repeat(3) + "]("]) {
    const began = performance.now();
    parse(evil.repeat(Math.floor(8000 / evil.length)));
    assert.ok(performance.now() - began < 200, evil);
  }
});
