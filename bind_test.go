package proapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/proapi-go/proapi"
)

type signup struct {
	Username string `json:"username"`
	Age      int    `json:"age"`
	Address  struct {
		City string `json:"city"`
	} `json:"address"`
	Tags  []string  `json:"tags"`
	Score float64   `json:"score"`
	Level uint8     `json:"level"`
	News  bool      `json:"news"`
	Born  time.Time `json:"born"`
}

// bind has a handler read a body into v.
func bind(t *testing.T, v any, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	app, _ := newApp(t, proapi.Options{MaxBodyBytes: 1000})
	app.Post("/", func(r *proapi.Request) (any, error) { return nil, r.Bind(v) })
	return send(t, app, "POST", "/", body, header...)
}

func TestBindJSON(t *testing.T) {
	var got signup
	w := bind(t, &got, `{"username":"ann","age":7,"address":{"city":"Ulm"},"unknown":[1]}`, "Content-Type", "application/json; charset=utf-8")
	if w.Code != 204 || got.Username != "ann" || got.Age != 7 || got.Address.City != "Ulm" {
		t.Errorf("got %d %s, %+v", w.Code, w.Body, got)
	}
	var doc map[string]any
	if w = bind(t, &doc, `{"a":1}`, "Content-Type", "application/merge-patch+json"); w.Code != 204 || doc["a"] != 1.0 {
		t.Errorf("got %d %s, %v", w.Code, w.Body, doc)
	}
}

func TestJSONFaultIsSaidWithItsPlace(t *testing.T) {
	for body, want := range map[string]string{
		``:                         "the body is empty: it must be JSON",
		" \n ":                     "the body is empty: it must be JSON",
		`{"age": }`:                "invalid JSON at line 1, column 9: invalid character '}' looking for beginning of value",
		"{\n  \"ä\": 1,\n  'b'":    "invalid JSON at line 3, column 3: invalid character '\\'' looking for beginning of object key string",
		`{"é":"é" x`:               "invalid JSON at line 1, column 10: invalid character 'x' after object key:value pair",
		`{"age": 1`:                "invalid JSON at line 1, column 10: unexpected end of JSON input",
		`{} {}`:                    "invalid JSON at line 1, column 4: invalid character '{' after top-level value",
		`{"age": "x"}`:             `the JSON does not fit before line 1, column 12: "age" takes a whole number of int, not string`,
		`{"level": 300}`:           `the JSON does not fit before line 1, column 14: "level" takes a whole number of uint8, not number 300`,
		`{"score": "x"}`:           `the JSON does not fit before line 1, column 14: "score" takes a number, not string`,
		`{"username": 1}`:          `the JSON does not fit before line 1, column 15: "username" takes a string, not number`,
		`{"news": 1}`:              `the JSON does not fit before line 1, column 11: "news" takes true or false, not number`,
		`{"tags": 1}`:              `the JSON does not fit before line 1, column 11: "tags" takes an array, not number`,
		`{"address": {"city": 1}}`: `the JSON does not fit before line 1, column 23: "address.city" takes a string, not number`,
		`[]`:                       `the JSON does not fit before line 1, column 2: the body takes an object, not array`,
		`{"born": "yesterday"}`:    "a value in the JSON does not fit",
	} {
		var v signup
		wantError(t, bind(t, &v, body, asJSON...), 400, want)
	}
}

func TestBodyOfAnotherTypeIs415(t *testing.T) {
	const message = "the Content-Type must be application/json, application/x-www-form-urlencoded or multipart/form-data"
	var v signup
	wantError(t, bind(t, &v, `{}`), 415, message)
	wantError(t, bind(t, &v, `{}`, "Content-Type", "text/plain"), 415, message)
	wantError(t, bind(t, &v, `{}`, "Content-Type", "application/json;;"), 415, message)

	app, _ := newApp(t, proapi.Options{})
	app.Post("/", func(r *proapi.Request) (any, error) { return nil, r.JSON(&v) })
	wantError(t, send(t, app, "POST", "/", "age=1", "Content-Type", "application/x-www-form-urlencoded"), 415,
		"the Content-Type must be application/json")
	if w := send(t, app, "POST", "/", `{"age":3}`, asJSON...); w.Code != 204 || v.Age != 3 {
		t.Errorf("got %d %s, %+v", w.Code, w.Body, v)
	}
}

func TestBodyPastTheLimitIs413(t *testing.T) {
	const message = "the request's body is too large"
	long := strings.Repeat("x", 1001)
	var v signup
	wantError(t, bind(t, &v, `{"username":"`+long+`"}`, asJSON...), 413, message)
	wantError(t, bind(t, &v, "username="+long, "Content-Type", "application/x-www-form-urlencoded"), 413, message)
	body, media := multipartForm(t, map[string]string{"username": long}, "")
	wantError(t, bind(t, &v, body, "Content-Type", media), 413, message)
	body, media = multipartForm(t, nil, long)
	wantError(t, bind(t, &v, body, "Content-Type", media), 413, message)
	if w := bind(t, &v, `{"username":"`+long[:980]+`"}`, asJSON...); w.Code != 204 {
		t.Errorf("a body within the limit: got %d %s", w.Code, w.Body)
	}
}

func TestQuery(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	app.Get("/", func(r *proapi.Request) (any, error) {
		return []string{r.Query("a"), r.Query("b", "default"), r.Query("none", "default"), r.Query("none")}, nil
	})
	if w := send(t, app, "GET", "/?a=1&a=2&b=", ""); w.Body.String() != `["1","","default",""]`+"\n" {
		t.Errorf("got %s", w.Body)
	}
	if w := send(t, app, "GET", "/?a=x%ffy", ""); w.Body.String() != "[\"x\uFFFDy\",\"default\",\"default\",\"\"]\n" {
		t.Errorf("got %s", w.Body)
	}
}

func TestRequestThatNoServerMadeMayHaveNoBody(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	app.Post("/", func(r *proapi.Request) (any, error) { return nil, r.JSON(&struct{}{}) })
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	wantError(t, w, 400, "the body is empty: it must be JSON")
}

func TestBodyThatBreaksOffIsA400(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	app.Post("/", func(r *proapi.Request) (any, error) { return nil, r.JSON(&struct{}{}) })
	broken := iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("{}")))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", broken)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	wantError(t, w, 400, "the body could not be read")
}

// FuzzBindJSON shows that no body makes Bind panic, and that its errors are the client's.
func FuzzBindJSON(f *testing.F) {
	for _, body := range []string{
		`{"username":"ann","age":7}`, `{"age":"x"}`, `{`, ``, `null`, `[[[[`, "\xff", `{"born":"2020"}`, `{"address":{"city":[]}}`,
		strings.Repeat("[", 900), `{"level":1e400}`, "{\r\n\"a\":\x00}",
	} {
		f.Add([]byte(body))
	}
	app, err := proapi.New(proapi.Options{MaxBodyBytes: 1000})
	if err != nil {
		f.Fatal(err)
	}
	app.Post("/", func(r *proapi.Request) (any, error) { var v signup; return nil, r.Bind(&v) })
	app.Post("/any", func(r *proapi.Request) (any, error) { var v any; return nil, r.Bind(&v) })
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, target := range []string{"/", "/any"} {
			w := send(t, app, "POST", target, string(body), asJSON...)
			switch w.Code {
			case 204, 400, 413:
			default:
				t.Errorf("%s: got %d %s", target, w.Code, w.Body)
			}
		}
	})
}
