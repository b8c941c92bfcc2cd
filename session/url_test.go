package session_test

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
)

func TestAStoreIsOpenedByItsURL(t *testing.T) {
	t.Chdir(t.TempDir())
	absolute := t.TempDir()
	for url, dir := range map[string]string{
		"memory:":                               "",
		"memory:?max_sessions=5":                "",
		"file:./relative?sync=none":             "relative",
		"file:also":                             "also",
		"file:a%20b":                            "a b",
		"file:":                                 "sessions",
		"file:" + absolute + "/one":             absolute + "/one",
		"file://" + absolute + "/two?sync=none": absolute + "/two",
	} {
		s, err := session.OpenURL(url, nil)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if info, err := os.Stat(dir); dir != "" && (err != nil || !info.IsDir()) {
			t.Errorf("%s does not open %s: %v", url, dir, err)
		}
		if err := s.(io.Closer).Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAURLIsABackendsOption(t *testing.T) {
	var got session.BackendOptions
	name := fmt.Sprintf("backend%d", backends.Add(1))
	session.Register(name, func(o session.BackendOptions, log *slog.Logger) (session.Store, error) {
		if log == nil {
			t.Error("the backend gets no logger")
		}
		got = o
		return newMemory(t), nil
	})
	url := name + "://user:password@host/0?a=1&a=2"
	if _, err := session.OpenURL(url, nil); err != nil || got["url"] != url || len(got) != 1 {
		t.Errorf("OpenURL returns %v, and the backend got %v", err, got)
	}
}

func TestAWrongURLSaysWhatIsRightAndNoPassword(t *testing.T) {
	for url, want := range map[string]string{
		"nobodys://user:hunter2@host":      `unknown scheme "nobodys": known are backend`,
		"redis://:hunter2@host/0":          `import _ "github.com/proapi-go/proapi/session/redisstore"`,
		"unix:///run/redis.sock?p=hunter2": `import _ "github.com/proapi-go/proapi/session/redisstore"`,
		"postgresql://u:hunter2@host/db":   `import _ "github.com/proapi-go/proapi/session/pgstore"`,
		"redis://:hunter2#x@host:y/0":      "cannot be read",
		"redis://:hunter2%zz@host":         "cannot be read",
		"./hunter2":                        "no scheme: known are",
		"memory://hunter2":                 "memory: alone",
		"memory:?max=hunter2":              `"max" is unknown`,
		"memory:?%zz=hunter2":              "query of a memory: URL cannot be read",
		"file:x?sync=none&sync=hunter2":    `"sync" twice`,
		"file://hunter2/x":                 "file:./sessions",
		"file:x?directory=hunter2":         "file:./sessions",
		"migrating:hunter2":                `"url" is unknown`,
	} {
		_, err := session.OpenURL(url, nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error is %v, want one that says: %s", url, err, want)
		}
	}
}
