package proapi_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

func TestNewReportsEveryWrongOption(t *testing.T) {
	_, err := proapi.New(proapi.Options{
		Env: "prod", MaxBodyBytes: -1, MaxHeaderBytes: -1, EnableSessions: true,
		Session: session.Options{MaxAge: -1, Backend: "tape"},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"Env", "MaxBodyBytes", "MaxHeaderBytes", "session: MaxAge", `"tape"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %s:\n%v", want, err)
		}
	}
	if strings.Count(err.Error(), "production, testing") != 1 {
		t.Errorf("Env is not reported once:\n%v", err)
	}
}

func TestNewReportsItsOwnOptionsBesideRightSessions(t *testing.T) {
	for _, enable := range []bool{true, false} {
		if _, err := proapi.New(proapi.Options{MaxBodyBytes: -1, EnableSessions: enable, Logger: slog.New(slog.DiscardHandler)}); err == nil {
			t.Errorf("with EnableSessions %v: no error", enable)
		}
	}
}

func TestEnvIsTheVariablesWhereNoneIsGiven(t *testing.T) {
	hsts := func(options proapi.Options) bool {
		app, _ := newApp(t, options)
		return send(t, app, "GET", "/", "").Header().Get("Strict-Transport-Security") != ""
	}
	t.Setenv("PROAPI_ENV", "production")
	if !hsts(proapi.Options{}) {
		t.Error("PROAPI_ENV=production is not production")
	}
	if hsts(proapi.Options{Env: proapi.Testing}) {
		t.Error("Options.Env does not count more than PROAPI_ENV")
	}
	t.Setenv("PROAPI_ENV", "")
	if hsts(proapi.Options{}) {
		t.Error("without anything it is production")
	}
	t.Setenv("PROAPI_ENV", "prod")
	if _, err := proapi.New(proapi.Options{}); err == nil || !strings.Contains(err.Error(), "PROAPI_ENV") {
		t.Errorf("PROAPI_ENV=prod: got %v", err)
	}
}

func TestSecurityHeadersAreThereAndCanBeChanged(t *testing.T) {
	for _, env := range []proapi.Env{proapi.Development, proapi.Production} {
		app, _ := newApp(t, proapi.Options{Env: env})
		app.Get("/", answers(proapi.Response{Header: http.Header{"Referrer-Policy": {"no-referrer"}}}))
		h := send(t, app, "GET", "/", "").Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", env, h)
		}
		h = send(t, app, "GET", "/none", "").Header()
		strict := h.Get("Strict-Transport-Security") == "max-age=31536000" && h.Get("Referrer-Policy") != ""
		if h.Get("X-Content-Type-Options") != "nosniff" || strict != (env == proapi.Production) {
			t.Errorf("%s, 404: %v", env, h)
		}
	}
}

func TestBodyLimitHoldsForEveryHandler(t *testing.T) {
	app, _ := newApp(t, proapi.Options{MaxBodyBytes: 3})
	var read int
	app.Handle("/", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		read, _ = r.Body.Read(make([]byte, 10))
	}))
	send(t, app, "POST", "/", "12345")
	if read != 3 {
		t.Errorf("%d bytes can be read, want 3", read)
	}
}
