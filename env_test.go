package proapi_test

import (
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

// setEnv makes the PROAPI_ variables those given and no others.
func setEnv(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "PROAPI_") {
			t.Setenv(name, "") // so that it is set again after the test
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, text := range variables {
		t.Setenv(name, text)
	}
}

func TestOptionsFromEnvReadsEveryOption(t *testing.T) {
	setEnv(t, map[string]string{
		"PROAPI_ENV": "Production", "PROAPI_ENABLE_SESSIONS": "true",
		"PROAPI_CROSS_ORIGIN": "off", "PROAPI_TRUSTED_ORIGINS": "https://a.example, https://b.example http://c.example:8080",
		"PROAPI_CROSS_ORIGIN_BYPASS": "POST /hooks/{name}, /open/",
		"PROAPI_MAX_BODY_BYTES":      "100", "PROAPI_MAX_HEADER_BYTES": "200",
		"PROAPI_READ_HEADER_TIMEOUT": "1", "PROAPI_READ_TIMEOUT": "2s", "PROAPI_WRITE_TIMEOUT": "-1",
		"PROAPI_IDLE_TIMEOUT": "1.5", "PROAPI_SHUTDOWN_TIMEOUT": "1m",
		"PROAPI_SESSION_SECRET_KEY": "k, with a comma", "PROAPI_SESSION_OLD_SECRET_KEYS": "a, b,",
		"PROAPI_SESSION_COOKIE_NAME": "sid", "PROAPI_SESSION_COOKIE_PATH": "/app", "PROAPI_SESSION_COOKIE_DOMAIN": "example.com",
		"PROAPI_SESSION_COOKIE_ON": "first_write", "PROAPI_SESSION_MAX_AGE": "3600", "PROAPI_SESSION_IDLE_TIMEOUT": "10m",
		"PROAPI_SESSION_ROLLING": "1", "PROAPI_SESSION_SECURE": "on", "PROAPI_SESSION_HTTP_ONLY": "false",
		"PROAPI_SESSION_SAME_SITE": "Strict", "PROAPI_SESSION_PARTITIONED": "yes", "PROAPI_SESSION_BACKEND": "file",
		"PROAPI_SESSION_BACKEND_OPTIONS": "directory=/var/x, sync=always", "PROAPI_SESSION_MAX_SIZE": "1024",
		"PROAPI_SESSION_RENEW_ON": "user_id,role", "PROAPI_SESSION_GRACE": "5s", "PROAPI_SESSION_SEEN_INTERVAL": "30",
		"PROAPI_SESSION_ENCRYPTION_KEY": "e, too", "PROAPI_SESSION_OLD_ENCRYPTION_KEYS": "f,g", "PROAPI_SESSION_ENCRYPT": "on",
		"PROAPI_SESSION_OLD_COOKIE_NAMES": "sid2,old", "PROAPI_SESSION_CLEAR_SITE_DATA": "cache",
		"PROAPI_SESSION_TOKEN_HEADER": "X-Token", "PROAPI_SESSION_MAX_SESSIONS_PER_USER": "3", "PROAPI_SESSION_REFUSE_LOGIN": "true",
		"PROAPI_SESSION_RECORD_ADDRESS": "off", "PROAPI_SESSION_RECORD_CLIENT": "off", "PROAPI_SESSION_ASSURANCE": "2",
		"PROAPI_SESSION_STORE_TIMEOUT": "250ms", "PROAPI_SESSION_MAX_WAITING": "99",
		"PROAPI_BASE_URL": "an application's own",
	})
	got, err := proapi.OptionsFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	want := proapi.Options{
		Env: proapi.Production, EnableSessions: true, CrossOrigin: session.Off,
		TrustedOrigins:    []string{"https://a.example", "https://b.example", "http://c.example:8080"},
		CrossOriginBypass: []string{"POST /hooks/{name}", "/open/"},
		MaxBodyBytes:      100, MaxHeaderBytes: 200,
		ReadHeaderTimeout: time.Second, ReadTimeout: 2 * time.Second, WriteTimeout: -time.Second,
		IdleTimeout: 1500 * time.Millisecond, ShutdownTimeout: time.Minute,
		Session: session.Options{
			SecretKey: "k, with a comma", OldSecretKeys: []string{"a", "b"}, CookieName: "sid", CookiePath: "/app",
			CookieDomain: "example.com", CookieOn: session.FirstWrite, MaxAge: time.Hour, IdleTimeout: 10 * time.Minute,
			Rolling: true, Secure: session.On, HTTPOnly: session.Off, SameSite: http.SameSiteStrictMode, Partitioned: true,
			Backend: "file", BackendOptions: session.BackendOptions{"directory": "/var/x", "sync": "always"}, MaxSize: 1024,
			RenewOn: []string{"user_id", "role"}, Grace: 5 * time.Second, SeenInterval: 30 * time.Second,
			StoreTimeout: 250 * time.Millisecond, MaxWaiting: 99, EncryptionKey: "e, too", OldEncryptionKeys: []string{"f", "g"}, Encrypt: session.On,
			OldCookieNames: []string{"sid2", "old"}, ClearSiteData: []string{"cache"}, TokenHeader: "X-Token", MaxSessionsPerUser: 3,
			RefuseLogin: true, RecordAddress: session.Off, RecordClient: session.Off, Assurance: 2,
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
}

// TestEveryOptionHasAVariable fails when session.Options gets a field that the environment cannot set.
func TestEveryOptionHasAVariable(t *testing.T) {
	inCodeOnly := []string{"Session", "Logger", "Store", "Env", "OnError", "OnEvent", "OnStoreCall", "ClientAddress", "Binding"}
	for _, options := range []any{proapi.Options{}, session.Options{}} {
		for field := range reflect.TypeOf(options).Fields() {
			if !slices.Contains(inCodeOnly, field.Name) && !slices.Contains(proapi.VariableNames(), variableName(options, field.Name)) {
				t.Errorf("%T.%s has no variable %s", options, field.Name, variableName(options, field.Name))
			}
		}
	}
}

// variableName returns the name that a field's variable has by rule.
func variableName(options any, field string) string {
	name := "PROAPI"
	if _, ok := options.(session.Options); ok {
		name = "PROAPI_SESSION"
	}
	for i, letter := range strings.Replace(field, "HTTP", "Http", 1) {
		if letter >= 'A' && letter <= 'Z' || i == 0 {
			name += "_"
		}
		name += strings.ToUpper(string(letter))
	}
	return name
}

func TestEmptyEnvironmentGivesTheDefaults(t *testing.T) {
	setEnv(t, map[string]string{"PROAPI_SESSION_MAX_AGE": "", "PROAPI_SESSION_SECURE": ""})
	if got, err := proapi.OptionsFromEnv(); err != nil || !reflect.DeepEqual(got, proapi.Options{}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestTextsThatVariablesTake(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       session.Options
	}{
		{"SAME_SITE", "lax", session.Options{SameSite: http.SameSiteLaxMode}},
		{"SAME_SITE", "none", session.Options{SameSite: http.SameSiteNoneMode}},
		{"COOKIE_ON", "first_response", session.Options{CookieOn: session.FirstResponse}},
		{"SECURE", "auto", session.Options{}},
		{"ROLLING", "off", session.Options{}},
		{"BACKEND_OPTIONS", `{"directory":"/a,b=c","max":3}`, session.Options{
			BackendOptions: session.BackendOptions{"directory": "/a,b=c", "max": 3.0},
		}},
		{"BACKEND_OPTIONS", "url=redis://h?a=b", session.Options{BackendOptions: session.BackendOptions{"url": "redis://h?a=b"}}},
	} {
		setEnv(t, map[string]string{"PROAPI_SESSION_" + test.name: test.text})
		if got, err := proapi.OptionsFromEnv(); err != nil || !reflect.DeepEqual(got.Session, test.want) {
			t.Errorf("%s=%s: got %+v, %v", test.name, test.text, got.Session, err)
		}
	}
}

func TestWrongVariablesAreAllNamedAndNoneShown(t *testing.T) {
	wrong := map[string]string{
		"PROAPI_ENV": "development, production or testing", "PROAPI_ENABLE_SESSIONS": "true or false",
		"PROAPI_MAX_BODY_BYTES": "a whole number of bytes", "PROAPI_SESSION_MAX_AGE": `seconds ("3600")`,
		"PROAPI_SESSION_SECURE": "auto, on, off", "PROAPI_SESSION_SAME_SITE": "lax, strict or none",
		"PROAPI_SESSION_COOKIE_ON": "first_response or first_write", "PROAPI_SESSION_BACKEND_OPTIONS": "name=value",
	}
	variables := map[string]string{"PROAPI_SESSION_COOKIE_NAME": "right"}
	for name := range wrong {
		variables[name] = "hunter2"
	}
	setEnv(t, variables)
	got, err := proapi.OptionsFromEnv()
	if err == nil {
		t.Fatal("no error")
	}
	for name, takes := range wrong {
		if !strings.Contains(err.Error(), name+" does not fit: it takes "+takes) {
			t.Errorf("the error lacks %s and what it takes", name)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error shows a value:\n%v", err)
	}
	if got.Session.CookieName != "right" {
		t.Error("what was right is not returned")
	}
	for _, text := range []string{"=x", "a=1,a=2", "a=1,,b=2", "{", `{"a":}`} {
		setEnv(t, map[string]string{"PROAPI_SESSION_BACKEND_OPTIONS": text})
		if _, err := proapi.OptionsFromEnv(); err == nil {
			t.Errorf("backend options %q are accepted", text)
		}
	}
}

func TestMisspeltVariableIsNamedWithTheRightOne(t *testing.T) {
	for name, want := range map[string]string{
		"PROAPI_SESSION_SECRETKEY":  "PROAPI_SESSION_SECRET_KEY",
		"PROAPI_SESSION_MAXAGE":     "PROAPI_SESSION_MAX_AGE",
		"PROAPI_SESSION_HTTPS_ONLY": "PROAPI_SESSION_HTTP_ONLY",
		"PROAPI_ENABLE_SESSION":     "PROAPI_ENABLE_SESSIONS",
		"PROAPI_SESSION_TTL":        "PROAPI_SESSION_STORE_TIMEOUT",
		"PROAPI_DATABASE_URL":       "",
	} {
		setEnv(t, map[string]string{name: "hunter2"})
		_, err := proapi.OptionsFromEnv()
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: got %v", name, err)
		case want != "" && (err == nil || !strings.HasSuffix(err.Error(), " "+want) || strings.Contains(err.Error(), "hunter2")):
			t.Errorf("%s: got %v, want the error to name %s", name, err, want)
		}
	}
}
