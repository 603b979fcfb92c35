// What is looked at. It is kept in the address, after the #, so that a view can be sent to somebody.
const view = {problem: 0, find: '', verdicts: [], language: '', odd: false, sort: 'name', down: false, page: 0, cases: 0};
const closed = {show: '', case: '', only: [], order: '', from: 0}; // the dialog of a submission, and which of its cases it shows
Object.assign(view, closed);
const perPage = 100, casesPerPage = 100;

function readAddress() {
  const q = new URLSearchParams(location.hash.slice(1));
  const whole = (name, most) => Math.max(0, Math.min(most, parseInt(q.get(name), 10) || 0));
  const listed = name => (q.get(name) || '').split(',').filter(v => verdicts.includes(v));
  Object.assign(view, {problem: whole('problem', data.problems.length - 1), find: q.get('find') || '', verdicts: listed('verdict'),
    language: q.get('language') || '', odd: q.get('odd') === '1', sort: columns.some(c => c.key === q.get('sort')) ? q.get('sort') : 'name', down: q.get('down') === '1',
    page: whole('page', 1e6), cases: whole('cases', 1e6), show: q.get('show') || '',
    case: q.get('case') || '', only: listed('only'), order: orders.some(o => o[0] === q.get('order')) ? q.get('order') : '', from: whole('from', 1e6)});
}
function writeAddress() {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries({problem: view.problem || '', find: view.find, verdict: view.verdicts.join(','), language: view.language, odd: view.odd ? 1 : '',
    sort: view.sort === 'name' ? '' : view.sort, down: view.down ? 1 : '', page: view.page || '', cases: view.cases || '', show: view.show,
    case: view.case, only: view.only.join(','), order: view.order, from: view.from || ''})) if (v) q.set(k, v);
  history.replaceState(null, '', '#' + q);
}

const columns = [
  {key: 'name', title: 'Submission', value: r => r[F.name]},
  {key: 'verdict', title: 'Verdict', value: r => verdicts.indexOf(r[F.verdict])},
  {key: 'score', title: 'Score', value: r => r[F.score] == null ? -Infinity : r[F.score]},
  {key: 'cpu', title: 'CPU time', value: r => r[F.cpu]},
  {key: 'memory', title: 'Memory', value: r => r[F.memory]},
];

// ofProblem are the submissions of the problem that is looked at; chosen those of them that the filters leave, sorted.
const ofProblem = () => data.rows.filter(r => r[F.problem] === view.problem);
const compareNames = new Intl.Collator('en', {numeric: true}).compare;
function chosen(rows) {
  const words = view.find.toLowerCase().split(/\s+/).filter(Boolean);
  const found = rows.filter(r => (!view.verdicts.length || view.verdicts.includes(r[F.verdict])) && (!view.language || r[F.language] === view.language) &&
    (!view.odd || r[F.agrees] === 0) && words.every(w => (r[F.name] + ' ' + r[F.verdict] + ' ' + text(r[F.reason])).toLowerCase().includes(w)));
  const value = columns.find(c => c.key === view.sort).value, sign = view.down ? -1 : 1;
  const order = (a, b) => typeof a === 'string' ? compareNames(a, b) : a - b || 0;
  return found.map(r => [value(r), r]).sort((a, b) => sign * order(a[0], b[0]) || compareNames(a[1][F.name], b[1][F.name])).map(p => p[1]);
}

const app = document.getElementById('app');
const parts = {};

function change(what) {
  Object.assign(view, {page: 0}, what);
  writeAddress();
  draw();
}

function build() {
  const select = (label, options, value, pick) => el('select', {'aria-label': label, onchange: e => pick(e.target.value)},
    options.map(([v, t]) => el('option', {value: v, selected: String(v) === String(value)}, t)));
  const rows = ofProblem(), count = v => rows.filter(r => r[F.verdict] === v).length;
  const languages = [...new Set(rows.map(r => r[F.language]))].filter(Boolean).sort();
  parts.search = el('input', {type: 'search', placeholder: 'Find submission or reason', 'aria-label': 'Find submission or reason', value: view.find,
    oninput: e => { clearTimeout(parts.timer); parts.timer = setTimeout(() => change({find: e.target.value}), 150); }});
  parts.chips = verdicts.filter(count).map(v => el('button', {class: 'chip', type: 'button', 'data-v': v, onclick: () =>
    change({verdicts: view.verdicts.includes(v) ? view.verdicts.filter(x => x !== v) : [...view.verdicts, v]})}, badge(v), count(v).toLocaleString('en')));
  const odd = rows.filter(r => r[F.agrees] === 0).length;
  parts.odd = el('button', {class: 'chip', type: 'button', onclick: () => change({odd: !view.odd})}, el('span', {}, 'Not as expected'), odd.toLocaleString('en'));
  for (const name of ['charts', 'table', 'status', 'pager', 'casePager']) parts[name] = el('div', {class: name === 'casePager' ? 'pager' : name});
  parts.status.setAttribute('role', 'status');
  app.replaceChildren(el('section', {'aria-label': 'Submissions'}, el('h2', {}, 'Submissions'),
    el('form', {class: 'tools', role: 'search', onsubmit: e => e.preventDefault()},
      data.problems.length > 1 ? select('Problem', data.problems.map((p, i) => [i, p.name]), view.problem, v => { Object.assign(view, {problem: +v, cases: 0, verdicts: [], language: ''}); build(); change({}); }) : null,
      parts.search,
      languages.length > 1 ? select('Language', [['', 'All languages'], ...languages.map(l => [l, l])], view.language, v => change({language: v})) : null,
      select('Sort by', columns.map(c => [c.key, 'Sort by ' + c.title]), view.sort, v => change({sort: v})),
      parts.chips, odd ? parts.odd : null),
    parts.status, parts.casePager, parts.table, parts.pager),
    el('section', {'aria-label': 'Distributions'}, el('h2', {}, 'Distributions'), parts.charts));
  app.hidden = false;
}

function draw() {
  const rows = ofProblem(), list = chosen(rows), again = focused();
  view.page = Math.min(view.page, Math.max(0, Math.ceil(list.length / perPage) - 1));
  for (const c of parts.chips) c.setAttribute('aria-pressed', view.verdicts.includes(c.dataset.v));
  parts.odd.setAttribute('aria-pressed', view.odd);
  parts.status.textContent = list.length === rows.length ? many(rows.length, 'submission') : `${list.length.toLocaleString('en')} of ${many(rows.length, 'submission')}`;
  parts.table.replaceChildren(matrix(list.slice(view.page * perPage, (view.page + 1) * perPage), rows));
  pager(parts.pager, list.length, perPage, view.page, 'submissions', n => { change({page: n}); parts.table.firstChild.scrollTop = 0; });
  pager(parts.casePager, data.problems.length ? data.problems[view.problem].order.length : 0, casesPerPage, view.cases, 'cases', n => change({page: view.page, cases: n}));
  parts.charts.replaceChildren(...distributions(list));
  refocus(app, again);
}

// What is pressed to draw anew is itself made anew: who uses a keyboard is still there, or beside it where there is no further page.
const focused = () => document.activeElement && document.activeElement.dataset.focus;
function refocus(where, name) {
  const again = name && where.querySelector(`[data-focus="${name}"]`);
  const there = again && again.disabled ? again.parentNode.querySelector('button:enabled') : again;
  if (there) there.focus();
}

// pager is the buttons that turn pages; nothing where all fits on one.
function pager(where, total, size, at, what, go) {
  const last = Math.ceil(total / size) - 1;
  const turn = (name, end, to) => el('button', {type: 'button', 'data-focus': what + ' ' + name, disabled: end, onclick: () => go(to)}, name);
  where.replaceChildren(...(last < 1 ? [] : [
    turn('First', at === 0, 0), turn('Previous', at === 0, at - 1),
    `${what} ${(at * size + 1).toLocaleString('en')} to ${Math.min(total, (at + 1) * size).toLocaleString('en')} of ${total.toLocaleString('en')}`,
    turn('Next', at >= last, at + 1), turn('Last', at >= last, last)]));
}

function matrix(list, all) {
  const problem = data.problems[view.problem];
  const shown = problem ? problem.order.slice(view.cases * casesPerPage, (view.cases + 1) * casesPerPage) : [];
  const folder = n => problem.cases[n].split('/').slice(0, -1).join('/');
  const first = shown.map((n, i) => i === 0 || folder(n) !== folder(shown[i - 1]));
  const scored = all.some(r => r[F.score] != null);
  const heads = columns.filter(c => c.key !== 'score' || scored).map(c => el('th', {scope: 'col', class: c.key === 'name' ? 'name' : null,
    'aria-sort': view.sort === c.key ? view.down ? 'descending' : 'ascending' : null},
    el('button', {class: 'sort', type: 'button', 'data-focus': 'sort ' + c.key, onclick: () => change({sort: c.key, down: view.sort === c.key && !view.down})}, c.title)));
  heads.push(el('th', {scope: 'col', class: 'why'}, 'Reason'));
  shown.forEach((n, i) => heads.push(el('th', {scope: 'col', class: first[i] ? 'c first' : 'c', title: problem.cases[n]}, el('span', {}, problem.cases[n]))));
  return el('div', {class: 'wide matrix', tabindex: 0, role: 'region', 'aria-label': 'Submissions and cases'},
    el('table', {}, el('caption', {class: 'vh'}, 'Submissions of ' + (problem ? problem.name : 'nothing') + ', and how each case was judged'), el('thead', {}, el('tr', {}, heads)),
      el('tbody', {}, list.map(r => line(r, shown, first, scored, problem)))));
}

function line(r, shown, first, scored, problem) {
  const k = r[F.cases], old = cachedOf(k), cut = r[F.name].lastIndexOf('/', r[F.name].length - 2) + 1;
  const cells = shown.map((n, i) => {
    const at = caseAt(k, n), css = first[i] ? 'c first' : 'c';
    if (at < 0) return el('td', {class: css}, el('span', {class: 'v none', title: problem.cases[n] + ': not judged'}, el('span', {'aria-hidden': 'true'}, '·'), el('span', {class: 'vh'}, 'not judged')));
    const v = letters[k.v[at]], reason = detailOf(k, at).reason;
    return el('td', {class: css}, el('span', {class: 'v ' + v, title: `${problem.cases[n]}: ${v}, ${time(k.t[at])}, ${size(k.m[at])}${isCached(k, at) ? ', cached' : ''}${reason ? '\n' + reason : ''}`}, v));
  });
  return el('tr', {}, el('th', {scope: 'row', class: 'name'}, el('button', {class: 'link', type: 'button', 'aria-haspopup': 'dialog', onclick: () => details(r)}, broken(r[F.name].slice(cut))),
    el('div', {class: 'lang'}, broken(r[F.name].slice(0, cut)), cut && r[F.language] ? ' · ' : null, r[F.language])),
    el('td', {}, badge(r[F.verdict])), scored ? el('td', {class: 'num'}, points(r[F.score])) : null,
    el('td', {class: 'num'}, k.v ? [meter(k, k.t, r[F.limit]), figure(time(r[F.cpu])), old ? el('small', {class: 'clock'}, old) : null] : '–'),
    el('td', {class: 'num'}, k.v ? [meter(k, k.m, r[F.memoryLimit]), figure(size(r[F.memory]))] : '–'),
    el('td', {class: 'why'}, el('span', {title: [text(r[F.disagree]), text(r[F.reason])].filter(Boolean).join('; ')}, r[F.agrees] === 0 ? el('b', {}, 'Not as expected: ' + text(r[F.disagree]) + '. ') : null, text(r[F.reason]))), cells);
}

const figure = s => el('span', {class: 'figure'}, s);

function start() {
  readAddress();
  build();
  draw();
  const shown = view.show && ofProblem().find(r => r[F.name] === view.show);
  if (shown) details(shown);
}
start();
addEventListener('hashchange', start);
