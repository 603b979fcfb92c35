const http = require('http'), net = require('net'), dgram = require('dgram'), dns = require('dns').promises, os = require('os');

function get(port, path, agent) {
  return new Promise((done, fail) => {
    http.get({ host: 'localhost', port, path, agent }, (r) => {
      let body = '';
      r.on('data', (d) => { body += d; }).on('end', () => done(body));
    }).on('error', fail);
  });
}

async function main() {
  const server = http.createServer((q, r) => r.end('got ' + q.url));
  await new Promise((up) => server.listen(0, 'localhost', up));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  const answers = await Promise.all([...Array(20).keys()].map((i) => get(server.address().port, '/' + i, agent)));
  console.log(answers[0], answers[19]);
  agent.destroy();
  server.close();

  const local = net.createServer((c) => c.end('unix')).listen('socket');
  console.log(await new Promise((done) => net.connect('socket').on('data', (d) => done(String(d)))));
  local.close();

  const udp = dgram.createSocket('udp4');
  await new Promise((up) => udp.bind(0, '127.0.0.1', up));
  const received = new Promise((done) => udp.on('message', (m) => done(String(m))));
  udp.send('datagram', udp.address().port, '127.0.0.1');
  console.log(await received);
  udp.close();
  console.log((await dns.lookup('localhost', { family: 4 })).address, Object.keys(os.networkInterfaces()).join());
}
main();
