package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An age is a flag's length of time: a Go duration, or days as in "30d". 0 is not set.
type age time.Duration

const day = 24 * time.Hour

// Set reads it.
func (a *age) Set(text string) error {
	d, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n float64
		n, err = strconv.ParseFloat(days, 64)
		d = time.Duration(n * float64(day))
	}
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is no length of time: it is such as 90s, 15m, 12h or 30d", text)
	}
	*a = age(d)
	return nil
}

// String writes it.
func (a *age) String() string {
	if *a == 0 {
		return ""
	}
	return time.Duration(*a).String()
}

// Type is what help says it is.
func (a *age) Type() string { return "age" }

// or returns the age, or the other where it is not set, or the longest.
func (a age) or(other time.Duration) time.Duration {
	return cmp.Or(time.Duration(a), other, longestAge)
}
