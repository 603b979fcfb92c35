'use strict';
// What the page is about: the element "data", as report/rows.go writes it.
const data = JSON.parse(document.getElementById('data').textContent);
const names = ['problem', 'name', 'language', 'verdict', 'score', 'best', 'cpu', 'wall', 'memory', 'limit', 'memoryLimit', 'reason', 'agrees',
  'expected', 'disagree', 'groups', 'cases', 'compile', 'provenance', 'source'];
const F = Object.fromEntries(names.map((n, i) => [n, i]));
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

const text = n => data.texts[n] || '';
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

// caseAt finds the place of a case, by its number, in the columns of a submission; -1 if it was not judged.
const places = new WeakMap(); // of columns that have numbers: number -> place
function caseAt(k, number) {
  if (!k.n) return number < k.v.length ? number : -1;
  if (!places.has(k)) places.set(k, new Map(k.n.map((n, place) => [n, place])));
  const at = places.get(k).get(number);
  return at === undefined ? -1 : at;
}
// isCached says of a case that its result is one of an earlier grading; cachedOf how many of a submission's are, in words.
const isCached = (k, place) => Boolean(k.c) && k.c[place] === '1';
function cachedOf(k) {
  let n = 0;
  for (const mark of k.c || '') n += mark === '1';
  return n ? n === k.v.length ? 'cached' : `${n.toLocaleString('en')} of ${k.v.length.toLocaleString('en')} cached` : '';
}
// detailOf has reason, message and what is to be said of the clock, of a case of a submission. They are sorted by place.
function detailOf(k, place) {
  const all = k.d || [];
  let low = 0, high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (all[middle][0] < place) low = middle + 1; else high = middle;
  }
  const d = low < all.length && all[low][0] === place ? all[low] : [place, 0, 0, 0];
  return {reason: text(d[1]), message: text(d[2]), clock: text(d[3])};
}
