'use strict';
// What the page is about: the element "data", as report/rows.go writes it.
const data = JSON.parse(document.getElementById('data').textContent);
const names = ['problem', 'name', 'language', 'verdict', 'score', 'best', 'cpu', 'wall', 'memory', 'limit', 'memoryLimit', 'reason', 'agrees',
  'expected', 'disagree', 'groups', 'cases', 'compile', 'provenance', 'source'];
const F = Object.fromEntries(names.map((n, i) => [n, i]));
const text = n => data.texts[n] || '';
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
