package main

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

var (
	rate = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)

	// wrong is what wrk says of answers that are no 2xx or 3xx, and of connections that broke.
	wrong = regexp.MustCompile(`(?m)^\s*(Non-2xx.*|Socket errors.*)$`)
)

// wrk sends requests with the cookie over 16 connections, and returns how many were answered a second.
func wrk(url, cookie string, d time.Duration) (float64, error) {
	cmd := exec.Command("wrk", "-t1", "-c16", "-d"+strconv.Itoa(max(1, int(d.Seconds())))+"s", "-H", "Cookie: "+cookie, url)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("wrk: %w: %s", err, out)
	}
	if complaint := wrong.FindSubmatch(out); complaint != nil {
		return 0, fmt.Errorf("wrk: %s", complaint[1])
	}
	found := rate.FindSubmatch(out)
	if found == nil {
		return 0, errors.New("wrk: prints no Requests/sec")
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
