// What pages are made of. Other pages of judge's use it, too: report/kit.go.
const verdicts = ['AC', 'PAC', 'WA', 'TLE', 'MLE', 'OLE', 'RTE', 'CE', 'JE'];
const letters = {A: 'AC', P: 'PAC', W: 'WA', T: 'TLE', M: 'MLE', O: 'OLE', R: 'RTE', C: 'CE', J: 'JE'};

// el makes an element. All text goes in as text: nothing of a submission is ever markup.
function el(tag, attributes, ...children) {
  const svg = /^(svg|g|rect|line|path|text|title)$/.test(tag);
  const e = svg ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
  for (const [k, v] of Object.entries(attributes || {})) {
    if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
    else if (v === true) e.setAttribute(k, '');
    else if (v !== false && v != null) e.setAttribute(k, v);
  }
  for (const c of children.flat()) if (c != null) e.append(c); // one by one: a call takes some 120,000 arguments
  return e;
}

// broken is a name that lines may be broken in, after / and _.
const broken = s => s.split(/(?<=[/_])/).flatMap((part, i) => i ? [el('wbr'), part] : [part]);
const badge = v => el('b', {class: 'v ' + v}, v);

// Times are tenths of milliseconds, sizes KiB.
function time(t) {
  if (t >= 10000) return (t / 10000).toFixed(t >= 100000 ? 1 : 2) + ' s';
  return t >= 100 ? Math.round(t / 10) + ' ms' : (t / 10).toFixed(1) + ' ms';
}
function size(k) {
  if (k >= 1 << 20) return (k / (1 << 20)).toFixed(1) + ' GiB';
  return k >= 1024 ? (k / 1024).toFixed(1) + ' MiB' : k + ' KiB';
}
const points = s => s == null ? '–' : String(Math.round(s * 1000) / 1000);
const many = (n, one) => n.toLocaleString('en') + ' ' + one + (n === 1 ? '' : 's');
