// What judges said of the answers to one case: the verdict that counted, why, and the calls that it came from.
const ORDERS_SHOWN = { ab: "first answer shown first", ba: "second answer shown first" };

function verdictsNode(data, row) {
  const box = make("div", "x-judged"), groups = new Map();
  for (const verdict of row.verdicts) {
    const key = JSON.stringify([verdict.metric, verdict.system, verdict.repeat]);
    groups.set(key, [...(groups.get(key) || []), verdict]);
  }
  for (const group of groups.values()) box.append(verdictNode(data, group));
  box.append(make("p", "reading", "What the judges were sent and what they answered is kept whole in verdicts.parquet in the folder of the run."));
  return box;
}
function verdictNode(data, group) {
  const calls = group.filter((v) => v.call !== undefined), verdict = group.find((v) => v.settled) || group[0];
  const box = make("div", "x-verdict"), head = make("div"), many = data.variants.some((v) => v.repeats.length > 1);
  head.append(make("b", "", verdict.metric), " ", make("span", "sub", "of " + verdict.system + (many ? " #" + (verdict.repeat + 1) : "")), " ");
  head.append(make("b", verdict.label === undefined ? "x-unscored" : "x-label", verdict.label ?? "no verdict: " + (verdict.why ?? verdict.failure_reason ?? "not said")));
  box.append(head, make("div", "sub", facts(verdict, calls).join("; ")));
  if (verdict.rationale) box.append(foldedText(verdict.rationale));
  if (isObject(verdict.points)) box.append(fields(verdict.points));
  if (calls.length > 1) box.append(callsFold(calls));
  return box;
}
function facts(verdict, calls) {
  const told = [], votes = new Map(), orders = new Set(calls.map((c) => c.order).filter(Boolean));
  if (verdict.value !== undefined) told.push("value " + figure(verdict.value));
  if (verdict.probability !== undefined) told.push("probability " + figure(verdict.probability));
  if (verdict.stage !== undefined) told.push("settled in stage " + (verdict.stage + 1));
  for (const call of calls) { const label = call.label ?? "none"; votes.set(label, (votes.get(label) || 0) + 1); }
  if (calls.length > 1) told.push(counted(calls.length, "call") + ": " + [...votes].map(([label, n]) => label + " \u00d7 " + n).join(", "));
  if (orders.size > 1) told.push(orderWords(calls));
  const models = [...new Set(calls.map((c) => c.model).filter(Boolean))];
  if (models.length) told.push(models.join(", "));
  return told;
}
function orderWords(calls) {
  const said = (order) => [...new Set(calls.filter((c) => c.order === order).map((c) => c.label ?? "none"))].join("/");
  const same = said("ab") === said("ba");
  return (same ? "the same in both orders" : "\u21c4 the orders disagree") + " (" + said("ab") + " with the first answer first, " + said("ba") + " with the second first)";
}
function callsFold(calls) {
  const fold = make("details"), list = make("ol", "x-talk");
  fold.append(make("summary", "", "The " + counted(calls.length, "call")));
  for (const call of calls) {
    const item = make("li", "x-turn"), told = [call.label ?? "no verdict: " + (call.why ?? call.failure_reason ?? "not said")];
    if (call.stage !== undefined) told.push("stage " + (call.stage + 1));
    if (call.order) told.push(ORDERS_SHOWN[call.order] ?? call.order);
    if (call.value !== undefined) told.push("value " + figure(call.value));
    if (call.probability !== undefined) told.push("probability " + figure(call.probability));
    if (call.model) told.push(call.model);
    if (call.seconds !== undefined) told.push(figure(call.seconds) + " s");
    if (call.cost !== undefined) told.push(figure(call.cost) + " USD");
    item.append(make("b", "", told[0]), visible(told.length > 1 ? " \u00b7 " + told.slice(1).join("; ") : ""));
    if (call.rationale) item.append(foldedText(call.rationale));
    list.append(item);
  }
  fold.append(list);
  return fold;
}
