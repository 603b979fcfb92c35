// bar draws one value against its limit.
function bar(value, limit, verdict) {
  if (!limit) return null;
  const width = 90, full = limit * 1.15, at = limit / full * width;
  return el('svg', {class: 'meter', width, height: 10, viewBox: `0 0 ${width} 10`, 'aria-hidden': 'true'},
    el('rect', {class: 'track', x: .5, y: .5, width: width - 1, height: 9, rx: 2}), el('rect', {class: 'f' + verdict, x: 1, y: 1, height: 8, width: Math.max(1, Math.min(width - 2, value / full * width))}),
    el('line', {class: 'limit', x1: at, x2: at, y1: 0, y2: 10}));
}

// meter draws how the cases of a submission stand to a limit: a stroke a case, the limit dashed. Strokes that would lie
// on one another are one.
function meter(k, values, limit) {
  const width = 110, height = 18, most = values.reduce((a, v) => Math.max(a, v), 1);
  const full = limit > 0 ? Math.max(limit * 1.15, Math.min(most, limit * 3)) : most * 1.1;
  const strokes = {}; // by verdict: where, in tenths
  for (let i = 0; i < values.length; i++) {
    const x = Math.round(10 * Math.min(width - 2, 1 + values[i] / full * (width - 3))), verdict = letters[k.v[i]];
    (strokes[verdict] = strokes[verdict] || new Set()).add(x);
  }
  const at = limit / full * (width - 3) + 2;
  return el('svg', {class: 'meter', width, height, viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true'},
    el('rect', {class: 'track', x: .5, y: .5, width: width - 1, height: height - 1, rx: 3}),
    Object.entries(strokes).map(([v, at]) => el('path', {class: 'f' + v, d: [...at].map(x => `M${x / 10} 3h2v12h-2z`).join('')})),
    limit > 0 ? el('line', {class: 'limit', x1: at, x2: at, y1: 0, y2: height}) : null);
}

// quantile of sorted values.
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

// histogram draws how values of cases are distributed, on a logarithmic axis, a colour a verdict.
function histogram(title, values, limit, format, ticks) {
  const sorted = values.map(v => v[0]).sort((a, b) => a - b);
  if (!sorted.length) return el('figure', {}, el('figcaption', {}, title, el('small', {}, 'Nothing was measured.')));
  const said = `${many(sorted.length, 'case')}: median ${format(quantile(sorted, .5))}, 95 % up to ${format(quantile(sorted, .95))}, ` +
    `most ${format(sorted[sorted.length - 1])}` + (limit > 0 ? `; limit ${format(limit)}` : '');
  const low = Math.log10(Math.max(1, sorted[0])), high = Math.max(Math.log10(Math.max(2, sorted[sorted.length - 1], limit)) + .02, low + .1);
  const bins = 40, width = 560, height = 170, left = 44, right = 12, top = 16, bottom = 24;
  const x = v => left + (Math.log10(Math.max(1, v)) - low) / (high - low) * (width - left - right);
  const counts = Array.from({length: bins}, () => ({}));
  for (const [v, verdict] of values) {
    const bin = counts[Math.max(0, Math.min(bins - 1, Math.floor((Math.log10(Math.max(1, v)) - low) / (high - low) * bins)))];
    bin[verdict] = (bin[verdict] || 0) + 1;
  }
  const most = Math.max(...counts.map(b => Object.values(b).reduce((a, n) => a + n, 0)));
  const step = (width - left - right) / bins, scale = (height - top - bottom) / most, bars = [];
  counts.forEach((bin, i) => {
    let y = height - bottom;
    for (const v of verdicts) {
      if (!bin[v]) continue;
      const h = bin[v] * scale;
      y -= h;
      bars.push(el('rect', {class: 'f' + v, x: (left + i * step + .5).toFixed(1), y: y.toFixed(1), width: (step - 1).toFixed(1), height: Math.max(.7, h).toFixed(1)}));
    }
  });
  const shown = ticks.filter(t => Math.log10(t) >= low && Math.log10(t) <= high);
  const svg = el('svg', {viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': title + '. ' + said},
    el('line', {class: 'axis', x1: left, x2: width - right, y1: height - bottom, y2: height - bottom}),
    el('text', {x: left - 6, y: top + 8, 'text-anchor': 'end'}, most.toLocaleString('en')), el('text', {x: left - 6, y: height - bottom, 'text-anchor': 'end'}, '0'),
    bars,
    shown.map(t => [el('line', {class: 'axis', x1: x(t), x2: x(t), y1: height - bottom, y2: height - bottom + 4}),
      el('text', {x: x(t), y: height - 6, 'text-anchor': 'middle'}, format(t))]).flat(),
    limit > 0 ? [el('line', {class: 'limit', x1: x(limit), x2: x(limit), y1: 4, y2: height - bottom}),
      el('text', {class: 'limit-name', x: x(limit) - 4, y: 12, 'text-anchor': 'end'}, 'limit')] : []);
  const used = verdicts.filter(v => counts.some(b => b[v]));
  return el('figure', {}, el('figcaption', {}, title, el('small', {}, said)), svg,
    el('ul', {class: 'legend', 'aria-label': 'Colours'}, used.map(v => el('li', {}, el('svg', {viewBox: '0 0 10 10', 'aria-hidden': 'true'}, el('rect', {class: 'f' + v, width: 10, height: 10, rx: 2})), v))));
}

// distributions are the two histograms of some submissions.
function distributions(rows) {
  const times = [], sizes = [];
  let limit = 0, memory = 0;
  for (const r of rows) {
    const k = r[F.cases];
    limit = Math.max(limit, r[F.limit]);
    memory = Math.max(memory, r[F.memoryLimit]);
    for (let i = 0; i < k.v.length; i++) {
      if (k.t[i] > 0) times.push([k.t[i], letters[k.v[i]]]);
      if (k.m[i] > 0) sizes.push([k.m[i], letters[k.v[i]]]);
    }
  }
  return [histogram('CPU time of the cases', times, limit, time, [1, 10, 100, 1000, 10000, 100000, 1000000]),
    histogram('Memory of the cases', sizes, memory, size, [64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304])];
}
