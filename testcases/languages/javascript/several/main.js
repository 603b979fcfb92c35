const { hello, sum } = require("./words.js");
const words = require("fs").readFileSync(0, "utf8").trim().split(/\s+/);
console.log(hello(words[0]));
console.log(sum(words.slice(1)));
