// The cases of one submission, in its dialog: of some problems it has a hundred thousand, so they are shown page by page,
// and only what is shown is made.
const number = (k, place) => k.n ? k.n[place] : place;
const orders = [['', 'In order', null], ['cpu', 'Slowest first', 't'], ['memory', 'Largest first', 'm']];

// chosenCases are the places of those cases that the dialog's filters leave, in the order asked for.
function chosenCases(k, problem) {
  const words = view.case.toLowerCase().split(/\s+/).filter(Boolean), found = [];
  for (let place = 0; place < k.v.length; place++) {
    if (view.only.length && !view.only.includes(letters[k.v[place]])) continue;
    const said = words.length ? (problem.cases[number(k, place)] + ' ' + detailOf(k, place).reason).toLowerCase() : '';
    if (words.every(w => said.includes(w))) found.push(place);
  }
  const column = k[orders.find(o => o[0] === view.order)[2]];
  return column ? found.sort((a, b) => column[b] - column[a] || a - b) : found;
}

// casesOf are the elements that show the cases of a submission, with what they are filtered by where they fill pages.
function casesOf(r, problem) {
  const k = r[F.cases], counts = {};
  for (const letter of k.v) counts[letters[letter]] = (counts[letters[letter]] || 0) + 1;
  const status = el('div', {class: 'status', role: 'status'}), turn = el('div', {class: 'pager'}), table = el('div', {class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Cases'});
  const change = what => { Object.assign(view, {from: 0}, what); writeAddress(); draw(); };
  const chips = verdicts.filter(v => counts[v]).map(v => el('button', {class: 'chip', type: 'button', 'data-v': v, onclick: () =>
    change({only: view.only.includes(v) ? view.only.filter(x => x !== v) : [...view.only, v]})}, badge(v), counts[v].toLocaleString('en')));
  let timer = 0;
  const tools = el('form', {class: 'tools', role: 'search', 'aria-label': 'Cases', onsubmit: e => e.preventDefault()},
    el('input', {type: 'search', placeholder: 'Find case or reason', 'aria-label': 'Find case or reason', value: view.case,
      oninput: e => { clearTimeout(timer); timer = setTimeout(() => change({case: e.target.value}), 150); }}),
    el('select', {'aria-label': 'Order of cases', onchange: e => change({order: e.target.value})}, orders.map(([v, t]) => el('option', {value: v, selected: v === view.order}, t))),
    chips.length > 1 ? chips : null);
  function draw() {
    const list = chosenCases(k, problem), last = Math.max(0, Math.ceil(list.length / casesPerPage) - 1), again = focused();
    view.from = Math.min(view.from, last);
    const first = view.from * casesPerPage, shown = list.slice(first, first + casesPerPage);
    for (const c of chips) c.setAttribute('aria-pressed', view.only.includes(c.dataset.v));
    status.textContent = (list.length === k.v.length ? many(k.v.length, 'case') : `${list.length.toLocaleString('en')} of ${many(k.v.length, 'case')}`) +
      (last ? `, ${(first + 1).toLocaleString('en')} to ${(first + shown.length).toLocaleString('en')} shown` : '');
    table.replaceChildren(casesTable(r, problem, shown, first, list.length));
    pager(turn, list.length, casesPerPage, view.from, 'cases', n => change({from: n}));
    refocus(turn, again);
  }
  const paged = k.v.length > casesPerPage;
  if (!paged) Object.assign(view, closed, {show: view.show}); // there is nothing to take a filter of the address away with
  draw();
  return paged ? [tools, status, turn, table] : [table];
}

// casesTable shows some cases; first is how many come before them, of so many in all.
function casesTable(r, problem, shown, first, all) {
  const k = r[F.cases];
  const rows = shown.map((place, i) => {
    const d = detailOf(k, place), v = letters[k.v[place]];
    return el('tr', {'aria-rowindex': first + i + 2}, el('th', {scope: 'row'}, problem.cases[number(k, place)]), el('td', {}, badge(v)),
      k.s ? el('td', {class: 'num'}, points(k.s[place])) : null,
      el('td', {class: 'num'}, bar(k.t[place], r[F.limit], v), time(k.t[place])),
      el('td', {class: 'num'}, bar(k.m[place], r[F.memoryLimit], v), size(k.m[place])), el('td', {}, d.reason, d.clock ? el('small', {class: 'clock'}, d.clock) : null,
        isCached(k, place) ? el('small', {class: 'clock'}, 'Out of the result cache: measured by an earlier grading.') : null));
  });
  return el('table', {'aria-rowcount': all + 1}, el('caption', {class: 'vh'}, 'Cases'), head(['Case', 'Verdict', ...(k.s ? ['Score'] : []), 'CPU time', 'Memory', 'Reason']), el('tbody', {}, rows));
}
