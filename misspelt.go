package proapi

import (
	"fmt"
	"slices"
	"strings"
)

// misspelt is how many letters a name may differ from a known one to be taken for it.
const misspelt = 2

// unknownVariables returns an error for each variable of the environment that is ours and unknown, with the known one that
// it looks like, or all.
func unknownVariables(environ []string) []error {
	var faults []error
	for _, entry := range slices.Sorted(slices.Values(environ)) {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, envPrefix) || isKnown(name) {
			continue
		}
		nearest, distance := nearestVariable(name)
		switch {
		case distance <= misspelt:
			faults = append(faults, fmt.Errorf("proapi: %s is unknown: the nearest that is known is %s", name, nearest))
		case strings.HasPrefix(name, envSession):
			faults = append(faults, fmt.Errorf("proapi: %s is unknown: known are %s", name, sessionVariables()))
		}
	}
	return faults
}

func isKnown(name string) bool {
	return slices.ContainsFunc(variables, func(v variable) bool { return v.name == name })
}

func sessionVariables() string {
	var names []string
	for _, v := range variables {
		if strings.HasPrefix(v.name, envSession) {
			names = append(names, v.name)
		}
	}
	return strings.Join(names, ", ")
}

func nearestVariable(name string) (nearest string, distance int) {
	for _, v := range variables {
		if d := editDistance(name, v.name); nearest == "" || d < distance {
			nearest, distance = v.name, d
		}
	}
	return nearest, distance
}

// editDistance is how many letters to insert, remove or replace make b of a (Levenshtein's distance).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1) // of the distances from a's first i letters to b's first j
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
