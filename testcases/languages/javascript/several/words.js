exports.hello = (name) => `Hello, ${name}!`;
exports.sum = (words) => words.map(Number).reduce((a, b) => a + b, 0);
