'use strict';
// The views of all batches and of workers, and which view an address and a key stand for.

const batchTitles = ['Batch', 'User', 'State', 'Results', num('Cases'), num('Queued'), num('Workers'), 'Sent'];

function batchesView(before) {
  const body = el('div', {}), more = el('p', {});
  show('Batches', [el('h2', {}, 'Batches'), me.role === 'read' ? null : sendForm(), body, more, keysHelp()], {keys: {u: () => { location.hash = '#/'; }}});
  let text = '';
  return every(2000, async () => {
    const now = await (await ask('/batches' + (before ? '?before=' + encodeURIComponent(before) : ''))).text();
    if (now === text) return;
    text = now;
    const {batches, next} = JSON.parse(now), focus = document.activeElement && document.activeElement.dataset.focus;
    body.replaceChildren(batches.length ? table('Batches', batchTitles, batches.map(b => [el('a', {href: '#/batch/' + b.id, class: 'id', 'data-focus': b.id, 'data-row': ''}, b.id), b.user, b.state + (b.audits ? ', an audit' : ''),
      [el('progress', {max: b.items || Math.max(1, b.results), value: b.results, 'aria-label': 'Results'}), ` ${b.results}` + (b.items ? ' of ' + b.items : '')], String(b.cases), String(b.queued), String(b.workers), when(b.created)])) :
      el('p', {}, before ? 'There are no older batches.' : 'There is no batch yet. judge submit sends one, and so does the form above.'));
    more.replaceChildren(...(next ? [el('a', {href: '#/before/' + next, 'data-focus': 'older'}, 'Older batches')] : []));
    const again = focus && main.querySelector(`[data-focus="${CSS.escape(focus)}"]`);
    if (again) again.focus({preventScroll: true});
  });
}

// sendForm sends an archive.
function sendForm() {
  const archive = el('input', {type: 'file', required: true, accept: '.tar,.gz,.tgz,.zip'});
  const priority = el('select', {}, ['high', 'normal', 'low'].map(p => el('option', {value: p, selected: p === 'normal'}, p)));
  const send = el('button', {}, 'Send');
  return el('details', {}, el('summary', {}, 'Send a batch'), el('form', {class: 'form', onsubmit: async e => {
    e.preventDefault();
    send.disabled = true;
    say('Sending.');
    try {
      const {id} = await (await ask('/batches?priority=' + priority.value, {method: 'POST', body: archive.files[0], headers: {'Content-Type': 'application/octet-stream'}})).json();
      location.hash = '#/batch/' + id;
    } catch (err) { failed(err); }
    send.disabled = false;
  }}, el('label', {}, 'Archive: packages, submissions and manifest.jsonl', archive), el('label', {}, 'Priority', priority), send));
}

const workerTitles = ['Worker', num('Jobs'), num('Running'), num('Judged'), num('Load'), 'Processor', 'Measures fairly', 'Labels', 'Since'];

function workersView() {
  const body = el('div', {});
  show('Workers', [el('h2', {}, 'Workers'), body, keysHelp()]);
  return every(2000, async () => {
    const {workers} = await asJSON('/workers');
    body.replaceChildren(workers.length ? table('Workers', workerTitles, workers.map(w => [broken(w.id), String(w.jobs), String(w.running), String(w.judged), w.load, w.host.cpu, w.host.can_measure_fairly, (w.labels || []).join(', '), when(w.began)])) : el('p', {}, 'There is no worker. judge worker begins one.'));
  });
}

// login asks for the token. It is kept until the tab is closed.
function login() {
  const input = el('input', {type: 'password', autocomplete: 'off', required: true, id: 'token'});
  shown.stop();
  shown.stop = () => {};
  show('Token', [el('h2', {}, 'Who are you?'), el('form', {class: 'form', onsubmit: e => { e.preventDefault(); sessionStorage.setItem('token', input.value.trim()); begin(); }},
    el('label', {}, 'Token', input), el('button', {}, 'Go on')), el('p', {class: 'soft'}, secret() ? 'The token is none of those that this server knows.' : 'Who runs this server has one for you. It is kept until this tab is closed.')]);
  input.focus();
}

const keysHelp = () => el('p', {class: 'soft keys'}, 'Keys: ', [['j', 'next row, '], ['k', 'row before, '], ['Enter', 'open, '], ['u', 'up, '], ['/', 'find, '], ['b', 'batches, '], ['w', 'workers, '], ['t', 'theme']].map(([k, what]) => [el('kbd', {}, k), ' ' + what]).flat());

// step goes to the next row, or the one before.
function step(by) {
  const rows = [...main.querySelectorAll('[data-row]')], at = rows.indexOf(document.activeElement);
  const to = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + by))];
  if (to) to.focus();
}
const keys = {j: () => step(1), k: () => step(-1), b: () => { location.hash = '#/'; }, w: () => { location.hash = '#/workers'; }, t: nextTheme};
addEventListener('keydown', e => {
  if (e.ctrlKey || e.altKey || e.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
  const what = shown.keys[e.key] || keys[e.key];
  if (!what) return;
  e.preventDefault();
  what();
});

let me = {};
function route() {
  const [, name, id, item] = location.hash.split('/');
  shown.stop();
  trouble();
  for (const a of document.querySelectorAll('[data-nav]')) {
    if (a.dataset.nav === (name === 'workers' ? 'workers' : 'batches')) a.setAttribute('aria-current', 'page'); else a.removeAttribute('aria-current');
  }
  if (name === 'workers') shown.stop = workersView();
  else if (name === 'batch' && id && item !== undefined) shown.stop = submissionView(id, parseInt(item, 10) || 0);
  else if (name === 'batch' && id) shown.stop = batchView(id);
  else shown.stop = batchesView(name === 'before' ? id : '');
}

async function begin() {
  try {
    me = await asJSON('/me');
  } catch (err) {
    failed(err);
    return;
  }
  document.getElementById('who').textContent = me.tokens ? `${me.user} (${me.role})` : '';
  document.getElementById('leave').hidden = !me.tokens;
  route();
}

document.getElementById('theme').addEventListener('click', nextTheme);
document.getElementById('leave').addEventListener('click', () => { sessionStorage.removeItem('token'); me = {}; document.getElementById('who').textContent = ''; login(); });
setTheme(themes.includes(localStorage.getItem('theme')) ? localStorage.getItem('theme') : 'system');
addEventListener('hashchange', () => { if (me.role) { route(); main.focus({preventScroll: true}); } });
begin();
