//go:build !unix

package torture_test

import "testing"

func descriptorLimit(testing.TB) int { return 2000 }

func descriptorsOf(testing.TB) int { return 0 }
