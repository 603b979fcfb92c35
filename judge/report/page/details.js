// details shows one submission in a dialog.
function details(r) {
  const k = r[F.cases], old = cachedOf(k), problem = data.problems[r[F.problem]];
  const box = el('dialog', {'aria-labelledby': 'd-title', onclose: () => { box.remove(); Object.assign(view, closed); writeAddress(); }});
  box.append(el('div', {class: 'top'}, el('h2', {id: 'd-title'}, badge(r[F.verdict]), ' ' + r[F.name]),
    el('button', {class: 'close', type: 'button', onclick: () => box.close()}, 'Close')));
  const facts = [['Reason', text(r[F.reason])], ['Not as expected', text(r[F.disagree])], ['Expected', text(r[F.expected])],
    ['Score', r[F.score] == null ? '' : points(r[F.score]) + (r[F.best] == null ? '' : ' of ' + points(r[F.best]))],
    ['CPU time', time(r[F.cpu]) + (r[F.limit] ? ' of ' + time(r[F.limit]) : '')], ['Elapsed', time(r[F.wall])],
    ['Memory', size(r[F.memory]) + (r[F.memoryLimit] ? ' of ' + size(r[F.memoryLimit]) : '')], ['Result cache', old && 'Cases ' + old + ': measured by an earlier grading'], ['Language', r[F.language]], ['Problem', problem.name]];
  box.append(list(facts));
  const bad = [...k.v].findIndex(v => v !== 'A');
  if (bad >= 0 && detailOf(k, bad).message) {
    box.append(el('h3', {}, 'First difference, on ' + problem.cases[number(k, bad)]), el('pre', {tabindex: 0}, detailOf(k, bad).message));
  }
  if (r[F.groups].length) {
    box.append(el('h3', {}, 'Groups'), el('div', {class: 'wide'}, el('table', {}, el('caption', {class: 'vh'}, 'Groups of cases'),
      head(['Group', 'Verdict', 'Score']),
      el('tbody', {}, r[F.groups].map(g => el('tr', {}, el('th', {scope: 'row'}, text(g[0])), el('td', {}, badge(g[1])), el('td', {class: 'num'}, points(g[2]))))))));
  }
  if (k.v) box.append(el('h3', {}, 'Cases'), ...casesOf(r, problem));
  if (text(r[F.compile])) box.append(el('h3', {}, 'What the compiler wrote'), el('pre', {tabindex: 0}, text(r[F.compile])));
  if (text(r[F.provenance])) box.append(el('h3', {}, 'What this rests on'), provenance(r));
  for (const open of document.querySelectorAll('dialog')) open.remove();
  view.show = r[F.name];
  writeAddress();
  document.body.append(box);
  box.showModal();
}

const head = titles => el('thead', {}, el('tr', {}, titles.map(t => el('th', {scope: 'col', class: /Score/.test(t) ? 'num' : null}, t))));
const list = pairs => el('dl', {}, pairs.filter(p => p[1]).map(p => [el('dt', {}, p[0]), el('dd', {}, p[1])]).flat());

function provenance(r) {
  const p = JSON.parse(text(r[F.provenance]));
  const id = one => one ? one.name + (one.digest ? ', ' + one.digest : '') : '';
  return list([['judge', p.judge], ['Package', p.package_digest], ['Source', r[F.source]], ['Policy', id(p.policy)], ['Policy of the compiler', id(p.compile_policy)],
    ['Root file system', id(p.rootfs)], ['Kernel', p.kernel + ' ' + p.arch], ['Processor', p.cpu], ['Microcode', p.microcode]]);
}
