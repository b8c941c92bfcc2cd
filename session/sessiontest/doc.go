// Package sessiontest helps to test an application that uses sessions.
//
// A [Visitor] is a client with a cookie jar. Its session can be given values before a request and read after one, without
// a handler made for the purpose:
//
//	func TestProfileGreetsTheUser(t *testing.T) {
//		app := newApp(t)
//		v := sessiontest.New(t, app.Sessions())
//		v.Login("1")
//		v.Set(map[string]any{"username": "admin"})
//
//		rec := v.Do(app, httptest.NewRequest(http.MethodGet, "/profile", http.NoBody))
//		if !strings.Contains(rec.Body.String(), "admin") {
//			t.Errorf("the profile is %q", rec.Body)
//		}
//	}
//
// Nothing is faked: values are set, and read, by requests through the Manager's own middleware, so that they are encoded,
// stored, renewed and refused exactly as in the application. What passes here passes there, with any store.
//
// Clocks are the standard library's: in a bubble of testing/synctest a session ages as fast as the test wants.
package sessiontest
