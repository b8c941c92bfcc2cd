package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	rate = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)

	// wrong is what wrk says of answers that are no 2xx or 3xx, and of connections that broke.
	wrong = regexp.MustCompile(`(?m)^\s*(Non-2xx.*|Socket errors.*)$`)
)

// script makes wrk send the requests of one visitor after the other.
const script = `
local requests, next = {}, 0
function init()
  for _, cookie in ipairs(cookies) do
    requests[#requests + 1] = wrk.format("GET", nil, {["Cookie"] = cookie})
  end
end
function request()
  next = next % #requests + 1
  return requests[next]
end
`

// wrk sends requests with the cookies over 16 connections, and returns how many were answered a second.
func wrk(url string, cookies []string, d time.Duration) (float64, error) {
	dir, err := os.MkdirTemp("", "server")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "visitors.lua")
	text := "cookies = {'" + strings.Join(cookies, "', '") + "'}" + script // what is base64 needs no quoting
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return 0, err
	}
	cmd := exec.Command("wrk", "-t1", "-c16", "-d"+strconv.Itoa(max(1, int(d.Seconds())))+"s", "-s", path, url)
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
