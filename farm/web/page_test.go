package web

import (
	"fmt"
	"strings"
	"testing"
)

// open shows the page at an address.
func (p *place) open(b *browser, address string) {
	b.do("Page.navigate", map[string]any{"url": p.site.URL() + address}, nil)
	b.see("the page is there", `document.readyState === 'complete' && document.querySelector('#main').childElementCount > 0`)
}

// A batch appears, its progress moves as its cases are judged, its submissions' cases are shown with plots, all of it by keys.
func TestPage(t *testing.T) {
	b := newBrowser(t)
	p := newPlace(t, nil)
	gate := make(chan struct{}, 1000)
	p.work(&fakeBench{gate: gate, reason: "wrong on line 1"})
	p.open(b, "")
	b.see("there is no batch", `document.body.innerText.includes('There is no batch yet')`)
	id := p.send(contest(3, 5))
	b.see("the batch appears by itself", `document.querySelector('a[data-row]')?.textContent === '`+id+`'`)
	b.key("j")
	b.see("the key goes to it", `document.activeElement.textContent === '`+id+`'`)
	b.key("Enter")
	b.see("its own view", `document.querySelector('h2')?.innerText.includes('`+id+`') && document.querySelector('progress')?.max === 5`)
	b.see("nothing is judged", `document.querySelector('progress').value === 0 && !document.querySelector('td .v')`)
	for range 3 {
		gate <- struct{}{}
	}
	b.see("one result, live", `document.querySelectorAll('td .v').length === 1 && document.querySelector('progress').value === 1`)
	for range 20 {
		gate <- struct{}{}
	}
	b.see("all results, live", `document.querySelectorAll('td .v').length === 5 && document.querySelectorAll('td .v.WA').length === 1 && document.querySelector('progress').value === 5`)
	b.see("it is done", `[...document.querySelectorAll('button')].some(e => e.innerText === 'Report as a page')`)
	b.key("/")
	b.see("a place to write", `document.activeElement.type === 'search'`)
	b.do("Input.insertText", map[string]any{"text": "03"}, nil)
	b.see("what is looked for alone", `document.querySelectorAll('a[data-row]').length === 1`)
	b.eval(`document.activeElement.blur()`)
	b.key("j")
	b.key("Enter")
	b.see("the submission, its cases and plots", `document.querySelector('h2 .v.WA') && document.querySelectorAll('tbody tr').length === 2 && document.querySelectorAll('figure svg rect').length > 1 && document.querySelector('td svg.meter') && document.body.innerText.includes('wrong on line 1')`)
	b.key("u")
	b.see("up again", `document.querySelectorAll('a[data-row]').length === 5`)
	b.key("w")
	b.see("the workers", `document.querySelector('h2').innerText === 'Workers' && document.querySelectorAll('tbody tr').length === 1`)
	b.quiet(p.site.URL())
}

const colour = `getComputedStyle(document.body).backgroundColor`

// The theme is the system's, unless it is chosen; a narrow screen shows all without scrolling sideways.
func TestPageLooks(t *testing.T) {
	b := newBrowser(t)
	p := newPlace(t, nil)
	p.work(&fakeBench{reason: strings.Repeat("wrong_on_a_long_line", 20)})
	id := p.send(contest(3, 4))
	until(t, "it is judged", func() bool { return p.info(id).Results == 4 })
	dark := func(name string) {
		b.do("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": name}}}, nil)
	}
	dark("light")
	p.open(b, "")
	light := b.eval(colour)
	dark("dark")
	b.see("the system's darkness", colour+` !== `+light)
	night := b.eval(colour)
	b.key("t")
	b.see("light, whatever the system says", colour+` === `+light+` && document.querySelector('#theme').innerText.includes('light')`)
	dark("light")
	b.key("t")
	b.see("dark, whatever the system says", colour+` === `+night)
	p.open(b, "#/workers")
	b.see("it is remembered", colour+` === `+night)
	b.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": true}, nil)
	for address, there := range map[string]string{"#/": `document.querySelector('a[data-row]')`, "#/workers": `document.querySelector('tbody tr')`, "#/batch/" + id: `document.querySelectorAll('td .v').length === 4`,
		"#/batch/" + id + "/3": `document.querySelector('figure svg')`} {
		p.open(b, address)
		b.see(address, there)
		if wide := b.eval(`document.documentElement.scrollWidth`); wide != "320" {
			t.Errorf("%s is %s pixels wide: %s", address, wide, b.eval(`[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 321).map(e => e.outerHTML.slice(0, 150)).slice(0, 5)`))
		}
	}
	// All that can be done can be reached without a mouse.
	p.open(b, "#/")
	reached := b.eval(`[...document.querySelectorAll('a, button, summary, input, select')].filter(e => e.tabIndex < 0).length`)
	if reached != "0" {
		t.Errorf("%s elements are out of the keyboard's reach", reached)
	}
	b.do("Page.reload", nil, nil)
	b.see("it is there again", `document.readyState === 'complete' && document.querySelector('a[data-row]')`)
	b.key("Tab")
	b.see("the first step is past the head", `document.activeElement.className === 'skip'`)
	b.quiet(p.site.URL())
}

// What programs, and whoever sends, write is text.
func TestHostilePage(t *testing.T) {
	const evil = `<img src=x onerror="window.hit=1"><script>window.hit=1</script>"'` + "`${window.hit=1}`"
	b := newBrowser(t)
	p := newPlace(t, nil)
	p.work(&fakeBench{reason: evil})
	name := `s/<img src=x onerror=window.hit=1>.c`
	list := []entry{{"p/<b>1.in", "1"}, {"p/<b>1.ans", "1"}, {"p/2.in", "1"}, {"p/2.ans", "1"}, {name, "WA 1 WA 2"}, {"manifest.jsonl", fmt.Sprintf(`{"problem":"p","submission":%q}`, name)}}
	id := p.send(list)
	for address, there := range map[string]string{"#/": `document.querySelector('a[data-row]')`, "#/batch/" + id: `document.querySelectorAll('td .v').length === 1`,
		"#/batch/" + id + "/0": `document.querySelector('h2 .v')`, `#/batch/<img src=x onerror=window.hit=1>`: `!document.querySelector('#trouble').hidden`} {
		p.open(b, address)
		b.see(address, there)
		if hit := b.eval(`[window.hit || 0, document.querySelectorAll('img, main script, b:not(.v):not(.soft):not(main p b)').length]`); hit != "[0,0]" {
			t.Errorf("%s: %s", address, hit)
		}
	}
	p.open(b, "#/batch/"+id+"/0")
	b.see("its words are there", `document.body.innerText.includes('<img src=x onerror="window.hit=1">')`)
	b.quiet(p.site.URL(), "the server responded with a status of 404") // of the batch that is none
}

// A token is asked for, kept in the tab, and sent in a header, with events too.
func TestPageTokens(t *testing.T) {
	file, secrets := tokenFile(t, "alice submit", "bob read")
	b := newBrowser(t)
	p := newPlace(t, func(o *Options) { o.Tokens = file })
	p.work(&fakeBench{})
	as := []string{"Authorization", "Bearer " + secrets["alice"]}
	id := p.send(contest(1, 2), as...)
	p.open(b, "#/batch/"+id)
	b.see("who is it", `document.activeElement.id === 'token'`)
	enter := func(secret string) {
		b.do("Input.insertText", map[string]any{"text": secret}, nil)
		b.key("Enter")
	}
	enter("wrong")
	b.see("it is not known", `document.body.innerText.includes('none of those')`)
	enter(secrets["alice"])
	b.see("the batch, live", `document.querySelectorAll('td .v').length === 2 && document.querySelector('#who').innerText === 'alice (submit)'`)
	if kept := b.eval(`[document.cookie, JSON.stringify(localStorage).includes('judge_'), location.href.includes('judge_')]`); kept != `["",false,false]` {
		t.Errorf("the token is in cookies, storage that stays, or the address: %s", kept)
	}
	b.eval(`document.querySelector('#leave').click()`)
	b.see("forgotten", `document.activeElement.id === 'token' && !sessionStorage.getItem('token')`)
	enter(secrets["bob"])
	b.see("somebody else's is not there", `document.querySelector('#trouble').innerText.includes('there is no batch')`)
	b.quiet(p.site.URL(), "the server responded with a status of 401", "the server responded with a status of 404")
}
