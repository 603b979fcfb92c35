'use strict';
// The views of one batch: its submissions as they get their results, and the cases of one of them.

// events reads server-sent events with the token, which EventSource would not send, and goes on where it was cut off.
function events(path, take) {
  const stop = new AbortController();
  let last = '', wait = 500;
  const read = async () => {
    const answer = await ask(path, {signal: stop.signal, headers: last ? {'Last-Event-ID': last} : {}});
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ''; ;) {
      const {value, done} = await reader.read();
      if (done) return;
      text += value;
      for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
        const e = {};
        for (const line of text.slice(0, end).split('\n')) e[line.slice(0, line.indexOf(':'))] = line.slice(line.indexOf(':') + 2);
        if (e.event) take(e.event, JSON.parse(e.data));
        if (e.id) last = e.id;
        wait = 500;
      }
    }
  };
  (async () => {
    while (!stop.signal.aborted) {
      try { await read(); } catch (err) {
        if (stop.signal.aborted) return;
        failed(err);
        if (err.status && err.status < 500) return;
      }
      await new Promise(done => setTimeout(done, wait));
      wait = Math.min(2 * wait, 15000);
    }
  })();
  return () => stop.abort();
}

const submissionTitles = ['Submission', 'Problem', 'Verdict', num('Score'), num('CPU time'), num('Memory'), num('Cases'), 'Reason'];
const perPage = 100;

// batchView shows a batch, live.
function batchView(id) {
  const found = new Map(), view = {page: 0, find: '', verdicts: new Set(), batch: null};
  const state = el('div', {}), chips = el('div', {class: 'tools', role: 'group', 'aria-label': 'Verdicts'}), count = el('p', {class: 'soft', role: 'status'});
  const list = el('div', {}), pages = el('div', {class: 'pager'}), faults = el('ul', {class: 'soft'});
  const search = el('input', {type: 'search', placeholder: 'Find submission or reason', 'aria-label': 'Find submission or reason', oninput: () => { view.find = search.value.toLowerCase(); view.page = 0; later(); }});
  let timer = 0;
  const later = () => { timer = timer || setTimeout(() => { timer = 0; draw(); }, 100); };
  function draw() {
    const all = [...found.values()].sort((a, b) => a.item - b.item), words = view.find.split(/\s+/).filter(Boolean);
    const some = all.filter(r => (!view.verdicts.size || view.verdicts.has(r.verdict)) && words.every(w => (r.submission + ' ' + r.problem + ' ' + r.reason).toLowerCase().includes(w)));
    const last = Math.max(0, Math.ceil(some.length / perPage) - 1), focus = document.activeElement && document.activeElement.dataset.focus;
    view.page = Math.min(view.page, last);
    count.textContent = some.length === all.length ? many(all.length, 'result') : some.length + ' of ' + many(all.length, 'result');
    chips.replaceChildren(...verdicts.filter(v => all.some(r => r.verdict === v)).map(v => el('button', {type: 'button', class: 'chip', 'data-v': v, 'data-focus': 'chip ' + v, 'aria-pressed': String(view.verdicts.has(v)),
      onclick: () => { if (!view.verdicts.delete(v)) view.verdicts.add(v); view.page = 0; draw(); }}, badge(v), String(all.filter(r => r.verdict === v).length))));
    list.replaceChildren(table('Submissions', submissionTitles, some.slice(view.page * perPage, (view.page + 1) * perPage).map(r => [
      el('a', {href: `#/batch/${id}/${r.item}`, 'data-focus': 'item ' + r.item, 'data-row': ''}, broken(r.submission)), broken(r.problem),
      [badge(r.verdict), r.agrees === false ? el('b', {class: 'soft'}, ' not as expected') : null], points(r.score), ns(r.cpu_time_ns), bytes(r.memory_peak_bytes), String(r.cases), r.reason])));
    const turn = (name, off, to) => el('button', {type: 'button', disabled: off, 'data-focus': 'page ' + name, onclick: () => { view.page = to; draw(); }}, name);
    pages.replaceChildren(...(last ? [turn('Previous', !view.page, view.page - 1), `Page ${view.page + 1} of ${last + 1}`, turn('Next', view.page === last, view.page + 1)] : []));
    const again = focus && main.querySelector(`[data-focus="${CSS.escape(focus)}"]`);
    if (again && again !== document.activeElement) again.focus({preventScroll: true});
  }
  function drawState(b) {
    const before = view.batch;
    view.batch = b;
    if (before && before.state !== b.state) say(`The batch is ${b.state}.`);
    const whole = b.items > 0 && b.results >= b.items;
    state.replaceChildren(el('p', {}, el('progress', {max: b.items || Math.max(1, b.results), value: b.results, 'aria-label': 'Results'}), ` ${b.results}${b.items ? ' of ' + b.items : ''} ` + (b.items === 1 ? 'result' : 'results') +
      `, ${many(b.cases, 'case')}, ${many(b.queued, 'job')} in the queue. ` + (b.differ ? `On ${many(b.differ, 'case')} two workers differed. ` : '') + (b.faults ? `Workers failed at jobs: ${b.faults}. ` : ''),
      el('b', {}, b.state)), el('p', {class: 'soft'}, `${b.user}, ${b.priority} priority, sent ${when(b.created)}, taken by ${many(b.workers, 'worker')}`),
    el('p', {class: 'form'}, whole ? el('button', {type: 'button', 'data-focus': 'json', onclick: () => download(`/batches/${id}/results`, id + '.json')}, 'Results as JSON') : null,
      whole ? el('button', {type: 'button', 'data-focus': 'report', onclick: () => download(`/batches/${id}/report`, id + '.html')}, 'Report as a page') : null,
      me.role !== 'read' && (b.state === 'sent' || b.state === 'sending') ? el('button', {type: 'button', 'data-focus': 'cancel', onclick: () => cancel(id)}, 'Cancel the batch') : null));
  }
  show('Batch ' + id, [el('h2', {}, 'Batch ', el('span', {class: 'id'}, id)), state, el('div', {class: 'tools'}, search), chips, count, list, pages, faults, keysHelp()], {keys: {'/': () => search.focus(), u: () => { location.hash = '#/'; }}});
  draw();
  return events(`/batches/${encodeURIComponent(id)}/events`, (kind, e) => {
    trouble();
    if (kind === 'batch') { const focus = document.activeElement && document.activeElement.dataset.focus; drawState(e); const again = focus && state.querySelector(`[data-focus="${CSS.escape(focus)}"]`); if (again) again.focus(); }
    if (kind === 'result') { found.set(e.item, e); later(); }
    if (kind === 'fault' && faults.childElementCount < 100) faults.append(el('li', {}, `Submission ${e.item}, worker ${e.worker}: ${e.error}`));
  });
}

async function cancel(id) {
  if (!confirm('Let nothing more of this batch be judged?')) return;
  try { await ask('/batches/' + encodeURIComponent(id), {method: 'DELETE'}); say('The batch is cancelled.'); } catch (err) { failed(err); }
}

// download saves an answer that needs the token, which a link would not send.
async function download(path, name) {
  try {
    const url = URL.createObjectURL(await (await ask(path)).blob());
    el('a', {href: url, download: name}).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  } catch (err) { failed(err); }
}

const caseTitles = ['Case', 'Verdict', num('CPU time'), num('Memory'), 'Reason'];

// submissionView shows the cases of a submission, with plots; while it has no result it looks again.
function submissionView(id, item) {
  let page = 0, text = '', one = null;
  const body = el('div', {});
  const of = c => ({name: c.name, verdict: c.verdict, t: c.report ? Math.round(c.report.cpu_time_ns / 1e5) : 0, m: c.report ? Math.ceil((c.report.memory_peak_bytes || 0) / 1024) : 0,
    reason: [c.reason, c.checker && c.checker.message, c.nondeterministic && 'nondeterministic'].filter(Boolean).join('; ')});
  function draw() {
    const r = one.result, cases = (r ? r.cases : one.cases).map(of), last = Math.max(0, Math.ceil(cases.length / perPage) - 1), focus = document.activeElement && document.activeElement.dataset.focus;
    page = Math.min(page, last);
    const limit = r ? Math.round(r.time_limit_ns / 1e5) : 0, memory = r ? Math.ceil(r.memory_limit_bytes / 1024) : 0;
    const facts = r ? [['Problem', r.problem], ['Language', r.language], ['Reason', r.reason], ['Not as expected', r.disagreement], ['Score', r.score == null ? '' : points(r.score)],
      ['CPU time', ns(r.cpu_time_ns) + (limit ? ' of ' + time(limit) : '')], ['Memory', bytes(r.memory_peak_bytes) + (memory ? ' of ' + size(memory) : '')], ['Worker', one.worker]] : [];
    const turn = (name, off, to) => el('button', {type: 'button', disabled: off, 'data-focus': 'page ' + name, onclick: () => { page = to; draw(); }}, name);
    body.replaceChildren(...[el('h2', {}, r ? [badge(r.verdict), ' ', ...broken(r.submission)] : `Submission ${item} has no result yet`),
      el('dl', {}, facts.filter(f => f[1]).map(f => [el('dt', {}, f[0]), el('dd', {}, f[1])]).flat()),
      one.faults.length ? el('ul', {}, one.faults.slice(0, 20).map(f => el('li', {}, f))) : null,
      r && r.compile && r.compile.output ? [el('h3', {}, 'What the compiler wrote'), el('pre', {tabindex: 0}, r.compile.output)] : null,
      el('h3', {}, many(cases.length, 'case')),
      table('Cases', caseTitles, cases.slice(page * perPage, (page + 1) * perPage).map(c => [c.name, badge(c.verdict), [bar(c.t, limit, c.verdict), time(c.t)], [bar(c.m, memory, c.verdict), size(c.m)], c.reason])),
      el('div', {class: 'pager'}, last ? [turn('Previous', !page, page - 1), `Page ${page + 1} of ${last + 1}`, turn('Next', page === last, page + 1)] : null),
      cases.length ? el('section', {'aria-label': 'Distributions'}, el('h3', {}, 'Distributions'), el('div', {class: 'charts'},
        histogram('CPU time of the cases', cases.filter(c => c.t > 0).map(c => [c.t, c.verdict]), limit, time, [1, 10, 100, 1000, 10000, 100000, 1000000]),
        histogram('Memory of the cases', cases.filter(c => c.m > 0).map(c => [c.m, c.verdict]), memory, size, [64, 1024, 16384, 262144, 4194304]))) : null].flat().filter(Boolean));
    const again = focus && body.querySelector(`[data-focus="${CSS.escape(focus)}"]`);
    if (again) (again.disabled ? again.parentNode.querySelector('button:enabled') || again : again).focus();
  }
  show('Submission ' + item, [el('p', {}, el('a', {href: '#/batch/' + id}, 'Batch ', el('span', {class: 'id'}, id))), body, keysHelp()], {keys: {u: () => { location.hash = '#/batch/' + id; }}});
  return every(2000, async () => {
    if (one && one.result) return; // nothing more comes
    const now = await (await ask(`/batches/${encodeURIComponent(id)}/submissions/${item}`)).text();
    if (now === text) return;
    text = now;
    one = JSON.parse(now);
    draw();
  });
}
