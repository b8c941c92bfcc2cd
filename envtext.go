package proapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/proapi-go/proapi/session"
)

// What the variables take, for errors.
const (
	takesBool     = "true or false"
	takesBytes    = "a whole number of bytes"
	takesDuration = `seconds ("3600") or a Go duration ("1h30m")`
	takesEnv      = "development, production or testing"
	takesList     = "a list with commas"
	takesMoment   = "first_response or first_write"
	takesNumber   = "a whole number"
	takesPatterns = `a list with commas or spaces of routes ("/hooks/" or "POST /hooks/")`
	takesPairs    = "name=value,name=value or a JSON object"
	takesSameSite = "lax, strict or none"
	takesSwitch   = "auto, on, off, true or false"
	takesText     = "a text"
	takesWords    = "a list with commas or spaces"
)

// errMisfit is every parser's error: what the variable takes stands in the table, and its text in no error.
var errMisfit = errors.New("proapi: does not fit")

func parseText(text string) (string, error) { return text, nil }

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "on", "yes":
		return true, nil
	case "off", "no":
		return false, nil
	}
	return strconv.ParseBool(strings.ToLower(text))
}

func parseInt64(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }

func parseDuration(text string) (time.Duration, error) {
	if d, err := time.ParseDuration(text); err == nil {
		return d, nil
	}
	return time.ParseDuration(text + "s")
}

func parseEnv(text string) (Env, error) {
	env := Env(strings.ToLower(text))
	if !slices.Contains(environments, env) {
		return "", errMisfit
	}
	return env, nil
}

func parseList(text string) ([]string, error) {
	var list []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list, nil
}

func parseWords(text string) ([]string, error) {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }), nil
}

// parsePatterns reads patterns of http.ServeMux, which are a path, a host and a path, or one of these after a method and a
// space. Only a method has no slash.
func parsePatterns(text string) ([]string, error) {
	var patterns []string
	method := ""
	words, _ := parseWords(text)
	for _, word := range words {
		switch path := strings.Contains(word, "/"); {
		case path:
			patterns = append(patterns, strings.TrimSpace(method+" "+word))
			method = ""
		case method == "":
			method = word
		default:
			return nil, errMisfit
		}
	}
	if method != "" {
		return nil, errMisfit
	}
	return patterns, nil
}

func parseSwitch(text string) (s session.Switch, err error) {
	err = s.UnmarshalText([]byte(text))
	return s, err
}

func parseCookieOn(text string) (session.CookieOn, error) {
	switch strings.ToLower(text) {
	case "first_response":
		return session.FirstResponse, nil
	case "first_write":
		return session.FirstWrite, nil
	}
	return 0, errMisfit
}

func parseSameSite(text string) (http.SameSite, error) {
	switch strings.ToLower(text) {
	case "lax":
		return http.SameSiteLaxMode, nil
	case "strict":
		return http.SameSiteStrictMode, nil
	case "none":
		return http.SameSiteNoneMode, nil
	}
	return 0, errMisfit
}

func parseBackendOptions(text string) (session.BackendOptions, error) {
	options := session.BackendOptions{}
	if strings.HasPrefix(text, "{") {
		return options, json.Unmarshal([]byte(text), &options)
	}
	for pair := range strings.SplitSeq(text, ",") {
		name, value, found := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		if _, twice := options[name]; !found || name == "" || twice {
			return nil, errMisfit
		}
		options[name] = strings.TrimSpace(value)
	}
	return options, nil
}
