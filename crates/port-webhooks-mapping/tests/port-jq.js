// Evaluates with Port's published jq library: lines of {"expression": …, "input": …} in, lines of {"result": …}, or {} for no
// result, out. The library keeps a hundred expressions, and breaks beyond that: fewer are given to it.
const { createRequire } = require("module");
const jq = createRequire(process.argv[2] + "/")("@port-labs/jq-node-bindings");
for (const line of require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { expression, input } = JSON.parse(line);
  require("fs").writeSync(1, JSON.stringify({ result: jq.exec(input, expression) }) + "\n");
}
