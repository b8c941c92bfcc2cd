package main

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

func addRoutes(app *proapi.App) {
	app.Get("/{$}", func(r *proapi.Request) (any, error) { return home(app, r) })
	app.Get("/whoami", func(r *proapi.Request) (any, error) {
		return proapi.Map{"user": r.Session.UserID(), "device_bound": r.Session.DeviceBound()}, nil
	})
	app.Post("/login", func(r *proapi.Request) (any, error) {
		r.Session.Login("ann") // a real application asks for a password first
		return seeOther("/"), nil
	})
	app.Post("/logout", func(r *proapi.Request) (any, error) {
		r.Session.Logout()
		return seeOther("/"), nil
	})
}

func seeOther(target string) proapi.Response {
	return proapi.Response{Status: http.StatusSeeOther, Header: http.Header{"Location": {target}}}
}

// A view is what the page shows.
type view struct {
	User    string
	Bound   bool
	Devices []session.Device
}

// home shows who is logged in, on which devices, and which of them a thief could not take the session from.
func home(app *proapi.App, r *proapi.Request) (any, error) {
	v := view{User: r.Session.UserID(), Bound: r.Session.DeviceBound()}
	if v.User != "" {
		var err error
		if v.Devices, err = app.Sessions().Devices(r.Context(), v.User); err != nil {
			return nil, err
		}
	}
	var html strings.Builder
	if err := page.Execute(&html, v); err != nil {
		return nil, err
	}
	return html.String(), nil
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Device-bound sessions</title>
<link rel="icon" href="data:,">
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color-scheme: light dark }
td, th { text-align: left; padding-right: 2rem }
button { font: inherit; padding: .25rem 1rem }
</style>
<h1>Device-bound sessions</h1>
{{if .User}}
<p>You are <strong id="user">{{.User}}</strong>. This session is
<strong id="bound">{{if .Bound}}bound to this device{{else}}not bound to a device{{end}}</strong>.
{{if not .Bound}}Just after the login that is so: <a href="/">look again</a>.{{end}}</p>
<table>
<tr><th>Device</th><th>Logged in</th><th>Bound</th></tr>
{{range .Devices}}<tr><td>{{or .Client "unknown"}}{{if .Current}} (this one){{end}}</td>
<td>{{.AuthenticatedAt.Format "15:04:05"}}</td><td>{{if .DeviceBound}}yes{{else}}no{{end}}</td></tr>
{{end}}</table>
<form method="post" action="/logout"><p><button>Log out</button></p></form>
{{else}}
<p>Nobody is logged in.</p>
<form method="post" action="/login"><p><button>Log in as ann</button></p></form>
{{end}}
</html>
`))
