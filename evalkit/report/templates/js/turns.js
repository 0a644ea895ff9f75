// A conversation or a trace as turns: who speaks, what is said, which tools are called with what, and what they answer.
const ROLES = ["role", "from", "speaker"];
const isTurn = (x) => isObject(x) && (typeof x.role === "string" || typeof x.from === "string" || typeof x.type === "string") ;
const isTalk = (x) => Array.isArray(x) && x.length > 0 && x.every(isTurn);

function said(content) {
  if (content === null || content === undefined) return "";
  if (typeof content === "string") return content;
  if (Array.isArray(content)) return content.map((part) => (isObject(part) && typeof part.text === "string" ? part.text : typeof part === "string" ? part : nested(part))).join("\n");
  return readable(content);
}
function callsOf(turn) {
  return (Array.isArray(turn.tool_calls) ? turn.tool_calls : []).filter(isObject).map(callOf);
}
function callOf(call) {
  const of = isObject(call.function) ? call.function : call;
  return { name: of.name ?? of.tool ?? "tool", given: of.arguments ?? of.args ?? of.input, result: call.result ?? call.output ?? call.response, id: call.id };
}
function toolCall({ name, given, result }) {
  const box = make("div", "x-call");
  box.append(make("b", "", "\u2699 " + readable(name)), argumentsOf(given));
  if (result !== undefined && result !== null) box.append(make("div", "sub", "result"), foldedText(said(result)));
  return box;
}
function argumentsOf(given) {
  const value = typeof given === "string" ? (parse(given).value ?? given) : given;
  return isObject(value) ? fields(value) : make("div", "x-value", value === undefined ? "" : readable(value));
}
function foldedText(text) {
  if (text.length <= 600) return prose("div", text);
  const fold = make("details", "x-long");
  fold.append(make("summary", "", text.slice(0, 200).replace(/\s+/g, " ") + "\u2026 (" + grouped(text.length) + " characters)"), prose("div", text));
  return fold;
}
function turnNode(turn) {
  const who = turn.role ?? turn.from ?? turn.type, item = make("li", "x-turn"), head = make("b", "x-role", readable(who));
  if (turn.name !== undefined) head.append(" ", visible(readable(turn.name)));
  item.append(head);
  const text = said(turn.content ?? turn.value ?? turn.text);
  if (text) item.append(foldedText(text));
  for (const call of callsOf(turn)) item.append(toolCall(call));
  return item;
}
function talk(turns) {
  const list = make("ol", "x-talk");
  for (const turn of turns) list.append(turnNode(turn));
  return list;
}
// A trace as metrics and systems leave it: {messages, tool_calls, ...}, a list of turns, or any JSON.
function traceNode(text) {
  const parsed = parse(text), value = parsed.value;
  if (isTalk(value)) return { summary: counted(value.length, "turn"), node: talk(value) };
  if (!isObject(value)) return { summary: "", node: prose("div", "raw" in parsed ? parsed.raw : readable(value)) };
  const box = make("div"), told = [], { messages, tool_calls: calls, ...rest } = value;
  if (isTalk(messages)) { told.push(counted(messages.length, "turn")); box.append(talk(messages)); } else if (messages !== undefined) rest.messages = messages;
  if (Array.isArray(calls) && calls.length && calls.every(isObject)) {
    told.push(counted(calls.length, "tool call"));
    for (const call of calls) box.append(toolCall(callOf(call)));
  } else if (calls !== undefined) rest.tool_calls = calls;
  if (Object.keys(rest).length) box.append(fields(rest));
  return { summary: told.join(", "), node: box };
}
const counted = (n, noun) => grouped(n) + " " + noun + (n === 1 ? "" : "s");
