package problem

func (r *reader) cms() {
	r.fail(Unsupported, Place{File: "task.yaml"}, "CMS tasks cannot be read yet")
}
