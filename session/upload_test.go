package session_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
)

// net/http keeps uploads in temporary files until its request is over, but the handler has another request, with the session.
func TestUploadLeavesNoFilesBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir) // of Windows
	files := func() int {
		t.Helper()
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	server := serve(t, newManager(t, newMemory(t)), func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		if err := r.ParseMultipartForm(1); err != nil || files() != 1 {
			t.Errorf("parsed: %v, %d files", err, files())
		}
		s.Set("uploaded", len(r.MultipartForm.File))
		w.WriteHeader(http.StatusNoContent)
	})
	server.Start()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("picture", "picture.png")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte(strings.Repeat("x", 32<<10)))
	_ = form.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, &body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	server.Close() // waits until the request is over
	if n := files(); n != 0 {
		t.Errorf("%d files of the upload are left", n)
	}
}
