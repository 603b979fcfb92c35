// Reads a name and numbers; greets, and prints their sum.
const [name, ...numbers] = require("fs").readFileSync(0, "utf8").trim().split(/\s+/);
console.log(`Hello, ${name}!`);
console.log(numbers.map(Number).reduce((a, b) => a + b, 0));
