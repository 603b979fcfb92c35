const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const { execFile, fork, spawnSync } = require('child_process');
const { promisify } = require('util');
const { pipeline } = require('stream/promises');
const { Readable } = require('stream');
const crypto = require('crypto'), fs = require('fs'), os = require('os'), path = require('path'), zlib = require('zlib');

if (!isMainThread) {
  const sums = new Int32Array(workerData.shared);
  for (let i = workerData.n; i < 100000; i += 4) Atomics.add(sums, 0, i % 7);
  Atomics.notify(sums, 0);
  parentPort.postMessage(workerData.n);
} else if (process.argv[2] === 'child') {
  process.on('message', (m) => { process.send(m * 2); process.disconnect(); });
} else {
  main();
}

async function main() {
  const shared = new SharedArrayBuffer(8);
  await Promise.all([0, 1, 2, 3].map((n) => new Promise((done, fail) => {
    new Worker(__filename, { workerData: { shared, n } }).on('exit', done).on('error', fail);
  })));
  console.log('workers', new Int32Array(shared)[0]);

  const child = fork(__filename, ['child']);
  child.send(21);
  console.log('fork', await new Promise((done) => child.on('message', done)));
  console.log('exec', (await promisify(execFile)('sh', ['-c', 'echo $((6 * 7))'])).stdout.trim());
  console.log('spawn', spawnSync('tr', ['a-z', 'A-Z'], { input: 'hello' }).stdout.toString());

  const dir = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'node-'));
  await pipeline(Readable.from(Array(1000).fill('line\n')), zlib.createGzip(), fs.createWriteStream(dir + '/f.gz'));
  console.log('gzip', zlib.gunzipSync(fs.readFileSync(dir + '/f.gz')).length);
  const watched = new Promise((done) => { const w = fs.watch(dir, () => { w.close(); done(); }); });
  await fs.promises.copyFile(dir + '/f.gz', dir + '/g');
  await watched;
  await fs.promises.rm(dir, { recursive: true });
  const keys = await Promise.all(Array(4).fill().map(() => promisify(crypto.scrypt)('word', 'salt', 16, { N: 1024 })));
  console.log('scrypt', keys.every((k) => k.equals(keys[0])), crypto.randomBytes(8).length);
  console.log('host', os.hostname(), os.availableParallelism() > 0, os.totalmem() > 0, os.userInfo().username);
  let big = [];
  for (let i = 0; i < 200; i++) big = Array(10000).fill({ i });
  console.log('garbage', big.length, WebAssembly.validate(Buffer.from('0061736d01000000', 'hex')));
}
