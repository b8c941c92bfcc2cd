package useragent

// Sayable returns everything that Words can say: a program, a browser, a system, or a browser on a system.
func Sayable() []string {
	all := []string{""}
	for _, p := range append(programs, disguised...) {
		all = append(all, p.name)
	}
	for _, s := range systems {
		all = append(all, s.name, "App on "+s.name)
		for _, b := range browsers {
			all = append(all, b.name, b.name+" on "+s.name)
		}
	}
	return all
}
