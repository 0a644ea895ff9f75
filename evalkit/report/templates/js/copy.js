// A case as JSON, and text on the clipboard; where a page may not write there, the text stands selected to be copied.
function caseJson(data, i) {
  const row = data.row(i), value = (text) => { if (text === null || text === undefined) return null; const parsed = parse(text); return "raw" in parsed ? parsed.raw : plainValue(parsed.value); };
  const tags = Object.fromEntries(Object.entries(data.tags).map(([name, column]) => [name, code(column, i)]).filter(([, v]) => v !== null));
  const answered = data.columns.map(({ v, r, call }) => {
    const answer = row.answer(v.name, r), kind = code(call.kind, i);
    return {
      system: v.name, repeat: r, output: value(answer.output),
      failure: kind === null ? null : { kind, reason: code(call.reason, i), message: answer.message ?? null },
      seconds: at(call.seconds, i), cost: at(call.cost, i), model: answer.model ?? null, trace: value(answer.trace),
      scores: data.metrics.flatMap((m) => scoreJson(data, row, m, v, r, value)),
      verdicts: row.verdicts.filter((x) => x.system === v.name && x.repeat === r),
    };
  });
  return JSON.stringify({ id: data.ids[i], input: value(row.input), gold: value(row.gold), group: code(data.group, i), tags, answers: answered }, null, 2);
}
function scoreJson(data, row, metric, v, r, value) {
  const cell = cellOf(data, metric, v), { rule = null, margin = null, detail } = row.score(metric.id, v.name, r), unscored = code(cell.why[r], row.i), score = at(cell.value, row.i);
  if (score === null && unscored === null && rule === null && !detail) return [];
  return [{ metric: metric.id, value: score, unscored, rule, margin, detail: value(detail) }];
}
function plainValue(v) {
  if (v instanceof Digits) return v.text;
  if (Array.isArray(v)) return v.map(plainValue);
  return isObject(v) ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, plainValue(x)])) : v;
}
async function copyText(text, tell) {
  try {
    await navigator.clipboard.writeText(text);
    tell("Copied.");
  } catch {
    const area = byId("x-text"), box = byId("x-copy");
    area.value = text;  // as it is, not made visible: it is to be pasted
    box.showModal();
    area.focus();
    area.select();
  }
}
