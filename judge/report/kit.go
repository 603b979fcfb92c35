package report

import _ "embed" // what pages have in common

//go:embed page/elements.js
var pageElements string

// Kit is what other pages of judge's are made of, too: the style of reports, and the functions of their scripts that
// make elements of texts, and plots of figures. The script defines names, and does nothing.
func Kit() (style, script string) { return pageStyle, "'use strict';\n" + pageElements + pageCharts }
