// Writes results with the real promptfoo on a scripted provider: `node promptfoo.mjs PROMPTFOO_FOLDER OUT`.
// No network, no key: the provider is a file of ours.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

const [home, out] = process.argv.slice(2).map((p) => path.resolve(p));
const work = path.join(out, "raw");
mkdirSync(work, { recursive: true });

writeFileSync(
  path.join(work, "provider.js"),
  `module.exports = class {
  constructor(options) { this.bad = options.config.bad; this.label = options.label || options.id; }
  id() { return 'scripted:' + this.bad; }
  async callApi(prompt, context) {
    const at = Number(context.vars.number);
    if (this.bad === 7 && at % 9 === 4) return { error: 'the service is away' };
    if (this.bad === 7 && at === 6) throw new Error('it broke');
    const said = at + 1 + (at % this.bad === 0 ? 1 : 0);
    return { output: 'it is ' + said, tokenUsage: { total: 9, prompt: 6, completion: 3 }, cost: 0.001, latencyMs: 12 };
  }
};`,
);
const tests = Array.from({ length: 12 }, (_, at) => ({
  description: `number ${at}`,
  vars: { number: at, kind: at % 2 ? "odd" : "even", page: `p${Math.floor(at / 4)}` },
  metadata: { source: "ours" },
  assert: [
    { type: "contains", value: String(at + 1), metric: "right" },
    { type: "javascript", value: "output.length / 10", metric: "length", weight: 0.5 },
  ],
}));
// A grader that is away for some answers; promptfoo writes them as failed, too.
writeFileSync(
  path.join(work, "grader.js"),
  `module.exports = class {
  id() { return 'scripted-grader'; }
  async callApi(prompt) {
    if (/it is 3\\b/.test(prompt)) return { error: 'the grader is away' };
    return { output: JSON.stringify({ pass: !/it is 5\\b/.test(prompt), score: 0.75, reason: 'graded' }) };
  }
};`,
);
const graded = tests.slice(0, 6).map((test) => ({
  ...test,
  assert: [{ type: "llm-rubric", value: "is a number", metric: "rubric", provider: "file://grader.js" }],
}));
const provider = (bad) => ({ id: "file://provider.js", label: `scripted-${bad}`, config: { bad } });
const configs = {
  good: { prompts: ["What is {{number}} plus one?"], providers: [provider(6)], tests },
  worse: { prompts: ["What is {{number}} plus one?"], providers: [provider(3)], tests },
  matrix: { prompts: ["What is {{number}} plus one?", "Add one to {{number}}."], providers: [provider(6), provider(7)], tests },
  graded: { prompts: ["What is {{number}} plus one?"], providers: [provider(50)], tests: graded, evaluateOptions: { repeat: 2 } },
};
for (const [name, config] of Object.entries(configs)) {
  const file = path.join(work, `${name}.json`);
  writeFileSync(file, JSON.stringify(config));
  for (const kind of ["json", "jsonl"]) {
    const done = spawnSync(
      process.execPath,
      [path.join(home, "node_modules/promptfoo/dist/src/entrypoint.js"), "eval", "-c", file, "-o", path.join(out, `${name}.${kind}`), "--no-cache", "--no-progress-bar", "--no-table", "--no-write"],
      {
        cwd: work,
        encoding: "utf8",
        env: { ...process.env, PROMPTFOO_DISABLE_TELEMETRY: "1", PROMPTFOO_DISABLE_UPDATE: "1", PROMPTFOO_DISABLE_REMOTE_GENERATION: "true", PROMPTFOO_CONFIG_DIR: path.join(work, "home"), CI: "1", NO_COLOR: "1" },
      },
    );
    const made = path.join(out, `${name}.${kind}`);
    writeFileSync(`${made}.gz`, gzipSync(readFileSync(made)));
    rmSync(made);
    console.log(name, kind, done.status, (done.stdout + done.stderr).split("\n").filter((l) => /Success|Fail|Error|pass/i.test(l)).slice(0, 6).join(" | "));
  }
}
