package proapi

// VariableNames returns the names of the variables that OptionsFromEnv reads.
func VariableNames() []string {
	var names []string
	for _, v := range variables {
		names = append(names, v.name)
	}
	return names
}

// ShutdownInTime does what a signal does.
func ShutdownInTime(a *App) error { return a.shutdownInTime() }
