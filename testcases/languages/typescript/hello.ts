// Reads a name and numbers; greets, and prints their sum.
declare function require(name: string): any;

const [name_, ...numbers]: string[] = require("fs").readFileSync(0, "utf8").trim().split(/\s+/);
console.log(`Hello, ${name_}!`);
console.log(numbers.map(Number).reduce((a: number, b: number) => a + b, 0));
