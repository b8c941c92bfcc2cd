package proapi_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi"
)

type embedded struct{ City string }

type orderForm struct {
	embedded
	*http.Cookie // nil: what is in it is left alone

	Name    string `form:"full-name" json:"name"`
	Email   string `json:"mail,omitempty"`
	Count   int
	Price   float32
	Level   uint8
	Agree   bool
	Tags    []string
	Ports   []int
	Due     time.Time
	Limit   *int
	Missing *int
	Secret  string `form:"-"`
	hidden  string
}

func TestBindForm(t *testing.T) {
	const body = "full-name=Ann&mail=a%40b.c&COUNT=-3&price=1.5&level=255&agree=on&tags=a&tags=b&ports=80&ports=443" +
		"&due=2030-01-02T03:04:05Z&limit=9&secret=x&-=x&hidden=x&city=Ulm&unknown=1&value=1"
	var got orderForm
	w := bind(t, &got, body, "Content-Type", "application/x-www-form-urlencoded")
	if w.Code != 204 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	nine := 9
	want := orderForm{
		embedded: embedded{"Ulm"}, Name: "Ann", Email: "a@b.c", Count: -3, Price: 1.5, Level: 255, Agree: true,
		Tags: []string{"a", "b"}, Ports: []int{80, 443}, Due: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), Limit: &nine,
	}
	if !reflect.DeepEqual(got, want) || got.hidden != "" {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
}

func TestBindMultipartForm(t *testing.T) {
	body, media := multipartForm(t, map[string]string{"full-name": "Bob", "count": "2"}, "content")
	var got orderForm
	if w := bind(t, &got, body, "Content-Type", media); w.Code != 204 || got.Name != "Bob" || got.Count != 2 {
		t.Errorf("got %d %s, %+v", w.Code, w.Body, got)
	}
}

func TestFormFieldThatIsEmptyIsLeftAlone(t *testing.T) {
	got := orderForm{Count: 5, Name: "before"}
	w := bind(t, &got, "count=&full-name=&due=&limit=&agree=", "Content-Type", "application/x-www-form-urlencoded")
	if w.Code != 204 || got.Count != 5 || got.Name != "" {
		t.Errorf("got %d %s, %+v", w.Code, w.Body, got)
	}
}

func TestOfTwoFormFieldsTheOneInLowerCaseCounts(t *testing.T) {
	for range 20 { // a map's order would be another each time
		var got orderForm
		w := bind(t, &got, "Count=1&count=2&COUNT=3", "Content-Type", "application/x-www-form-urlencoded")
		if w.Code != 204 || got.Count != 2 {
			t.Fatalf("got %d %s, %+v", w.Code, w.Body, got)
		}
	}
}

func TestFormFaultNamesTheField(t *testing.T) {
	for body, want := range map[string]string{
		"count=x":           `the form's field "count" takes a whole number`,
		"COUNT=1.5":         `the form's field "COUNT" takes a whole number`,
		"level=256":         `the form's field "level" takes a whole number from 0 up`,
		"level=-1":          `the form's field "level" takes a whole number from 0 up`,
		"price=cheap":       `the form's field "price" takes a number`,
		"agree=perhaps":     `the form's field "agree" takes true or false`,
		"due=tomorrow":      `the form's field "due" takes another value`,
		"limit=none":        `the form's field "limit" takes a whole number`,
		"ports=80&ports=no": `the form's field "ports" takes a whole number`,
		"count=%zz":         "the form could not be read",
		"full-name=%ff":     "the form is not in UTF-8",
		"full-name=a&%e9=b": "the form is not in UTF-8",
	} {
		var v orderForm
		wantError(t, bind(t, &v, body, "Content-Type", "application/x-www-form-urlencoded"), 400, want)
	}
	var v orderForm
	wantError(t, bind(t, &v, "no parts", "Content-Type", "multipart/form-data; boundary=b"), 400, "the form could not be read")
}

func TestBindIntoWhatCannotBeBoundIsTheServersFault(t *testing.T) {
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for name, test := range map[string]struct {
		v      any
		body   string
		header []string
	}{
		"JSON, no pointer":         {signup{}, `{}`, asJSON},
		"JSON, nil":                {nil, `{}`, asJSON},
		"form, no pointer":         {signup{}, "a=b", form},
		"form, a map":              {&map[string]string{}, "a=b", form},
		"form, an unfitting field": {&struct{ A chan int }{}, "a=b", form},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, bind(t, test.v, test.body, test.header...), 500, "Internal Server Error")
		})
	}
}

func TestFormReadsTheBodyAlone(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	app.Post("/", func(r *proapi.Request) (any, error) {
		return proapi.Map{"a": r.Form("a"), "b": r.Form("b"), "query": r.Query("b")}, nil
	})
	const want = `{"a":"1","b":"","query":"url"}` + "\n"
	w := send(t, app, "POST", "/?b=url", "a=1&a=2", "Content-Type", "application/x-www-form-urlencoded")
	if w.Body.String() != want {
		t.Errorf("urlencoded: got %s", w.Body)
	}
	body, media := multipartForm(t, map[string]string{"a": "1"}, "")
	if w = send(t, app, "POST", "/?b=url", body, "Content-Type", media); w.Body.String() != want {
		t.Errorf("multipart: got %s", w.Body)
	}
	if w = send(t, app, "POST", "/", `{"a":"1"}`, asJSON...); w.Body.String() != `{"a":"","b":"","query":""}`+"\n" {
		t.Errorf("JSON: got %s", w.Body)
	}
}

func TestFormThatCannotBeReadFailsTheRequest(t *testing.T) {
	app, _ := newApp(t, proapi.Options{MaxBodyBytes: 10})
	app.Post("/", func(r *proapi.Request) (any, error) { return "hello " + r.Form("name") + r.Form("none"), nil })
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	wantError(t, send(t, app, "POST", "/", "name=longer than ten", form...), 413, "the request's body is too large")
	body, media := multipartForm(t, map[string]string{"name": "Ann"}, "")
	wantError(t, send(t, app, "POST", "/", body, "Content-Type", media), 413, "the request's body is too large")
	wantError(t, send(t, app, "POST", "/", "name=%zz", form...), 400, "the form could not be read")
	wantError(t, send(t, app, "POST", "/", "name=%ff", form...), 400, "the form is not in UTF-8")
	if w := send(t, app, "POST", "/", "name=Ann", form...); w.Body.String() != "hello Ann" {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestFilesOfAFormAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	app, _ := newApp(t, proapi.Options{MaxBodyBytes: 64 << 20})
	app.Use(func(next http.Handler) http.Handler { // a copy, whose files the server does not know of
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r.WithContext(r.Context())) })
	})
	var within int
	app.Post("/", func(r *proapi.Request) (any, error) {
		r.Form("x")
		within = len(entries(t, os.TempDir()))
		return nil, nil
	})
	app.Handle("POST /plain", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _, err := r.FormFile("file")
		within = len(entries(t, os.TempDir()))
		if err != nil {
			t.Error(err)
		}
	}))
	body, media := multipartForm(t, nil, strings.Repeat("x", 33<<20)) // net/http's own limit of memory is 32 MB
	for _, target := range []string{"/", "/plain"} {
		within = 0
		send(t, app, "POST", target, body, "Content-Type", media)
		if after := len(entries(t, os.TempDir())); within != 1 || after != 0 {
			t.Errorf("%s: %d temporary files while handling, want 1; %d after, want none", target, within, after)
		}
	}
}

func entries(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// multipartForm returns a multipart body and its type.
func multipartForm(t *testing.T, fields map[string]string, file string) (body, media string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if file != "" {
		part, err := form.CreateFormFile("file", "notes.txt")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write([]byte(file))
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), form.FormDataContentType()
}
