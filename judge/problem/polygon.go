package problem

func (r *reader) polygon() {
	r.fail(Unsupported, Place{File: "problem.xml"}, "Polygon packages cannot be read yet")
}
