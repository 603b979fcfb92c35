
// What all views of the site use: asking the API, saying what went wrong, the theme.
const main = document.getElementById('main');
const shown = {stop: () => {}, keys: {}}; // the view: what ends it, and what keys do in it

const secret = () => sessionStorage.getItem('token') || '';

// A Fault is an answer that is an error: judge's message, and its hint.
class Fault extends Error {
  constructor(status, said) {
    super([said.detail || said.title || 'HTTP status ' + status, ...(said.errors || []).map(e => e.location + ': ' + e.message), said.hint && 'Hint: ' + said.hint].filter(Boolean).join('\n'));
    this.status = status;
  }
}

// ask sends a request. The token goes along in a header: nothing sends it by itself.
async function ask(path, options = {}) {
  const headers = {...options.headers};
  if (secret()) headers.Authorization = 'Bearer ' + secret();
  const answer = await fetch(path, {...options, headers, cache: 'no-store'});
  if (answer.ok) return answer;
  let said = {};
  try { said = await answer.json(); } catch { /* it is no JSON: the status says it */ }
  throw new Fault(answer.status, said);
}
const asJSON = async path => (await ask(path)).json();

// trouble says what went wrong, until something else is done.
function trouble(err) {
  const box = document.getElementById('trouble');
  box.hidden = !err;
  box.textContent = err ? err.message || String(err) : '';
}
const say = words => { document.getElementById('said').textContent = words; };

// ns and bytes are figures of the API as reports show them.
const ns = n => time(Math.round(n / 1e5));
const bytes = n => size(Math.ceil((n || 0) / 1024));
const when = s => new Date(s).toLocaleString('en-GB', {dateStyle: 'medium', timeStyle: 'medium'});

// table makes one whose rows are cells; on a narrow screen a row is a block, and each cell has its title.
function table(caption, titles, rows) {
  return el('div', {class: 'wide', tabindex: 0, role: 'region', 'aria-label': caption}, el('table', {class: 'stack'}, el('caption', {class: 'vh'}, caption),
    el('thead', {}, el('tr', {}, titles.map(t => el('th', {scope: 'col', class: t.num ? 'num' : null}, t.title || t)))),
    el('tbody', {}, rows.map(r => r instanceof Node ? r : row(titles, r)))));
}
function row(titles, cells, attributes) {
  return el('tr', attributes, cells.map((c, i) => i ? el('td', {class: titles[i].num ? 'num' : null, 'data-title': titles[i].title || titles[i]}, el('span', {}, c)) : el('th', {scope: 'row'}, c)));
}
const num = title => ({title, num: true});

// every does something at once, and again so many milliseconds after it was done, until the view ends.
function every(wait, what) {
  let over = false, timer = 0;
  const again = async () => {
    try { await what(); trouble(); } catch (err) { if (!over) failed(err); }
    if (!over) timer = setTimeout(again, wait);
  };
  again();
  return () => { over = true; clearTimeout(timer); };
}
function failed(err) {
  if (err.status === 401) return login();
  trouble(err);
}

// The theme: the system's, light or dark. Reports' style has one block for dark screens; that is turned on or off.
const themes = ['system', 'light', 'dark'];
const darkRules = () => [...document.styleSheets].flatMap(s => [...s.cssRules]).filter(r => r instanceof CSSMediaRule && (r.judge || /prefers-color-scheme/.test(r.media.mediaText)));
function setTheme(name) {
  for (const rule of darkRules()) {
    rule.judge = rule.judge || rule.media.mediaText;
    rule.media.mediaText = {system: rule.judge, light: 'not all', dark: 'all'}[name];
  }
  document.documentElement.style.colorScheme = name === 'system' ? 'light dark' : name;
  document.documentElement.dataset.theme = name;
  document.getElementById('theme').textContent = 'Theme: ' + name;
  localStorage.setItem('theme', name);
}
const nextTheme = () => setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length]);

// show puts a view on the screen.
function show(title, parts, view = {}) {
  document.title = title + ' – judge';
  main.replaceChildren(...parts.filter(Boolean));
  shown.keys = view.keys || {};
}
