package sessionprom_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session/sessionprom"
)

// A dashboard is what the test looks at of Grafana's JSON.
type dashboard struct {
	SchemaVersion int
	Panels        []panel
	Templating    struct {
		List []struct{ Name, Type, Query any }
	}
}

type panel struct {
	ID          int
	Type        string
	Title       string
	Description string
	Datasource  struct{ UID string }
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct {
		RefID      string
		Expr       string
		Datasource struct{ UID string }
	}
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	text, err := os.ReadFile("dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

var metricName = regexp.MustCompile(`\bsession_\w+`)

// metricOf returns the name of the metric of which a series is.
func metricOf(series string) string {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if base, ok := strings.CutSuffix(series, suffix); ok {
			return base
		}
	}
	return series
}

// collected returns the names of all metrics of a manager whose store answers.
func collected(t *testing.T) map[string]bool {
	t.Helper()
	m, _ := newManager(t)
	names := map[string]bool{}
	for name := range scrape(t, sessionprom.New(m, sessionprom.Options{})) {
		names[name] = true
	}
	return names
}

func TestDashboardShowsEachMetricAndNoOther(t *testing.T) {
	names, shown := collected(t), map[string]bool{}
	for _, p := range readDashboard(t).Panels {
		for _, target := range p.Targets {
			for _, series := range metricName.FindAllString(target.Expr, -1) {
				name := metricOf(series)
				shown[name] = true
				if !names[name] {
					t.Errorf("panel %q asks for %s, which there is not", p.Title, series)
				}
			}
		}
	}
	for name := range names {
		if !shown[name] {
			t.Errorf("no panel shows %s", name)
		}
	}
}

func TestDashboardIsOneThatGrafanaCanImport(t *testing.T) {
	d := readDashboard(t)
	if d.SchemaVersion < 39 || d.Templating.List[0].Type != "datasource" || d.Templating.List[0].Name != "datasource" {
		t.Errorf("schema %d, variables %v: want a current one, and a data source to choose first", d.SchemaVersion, d.Templating.List)
	}
	ids := map[int]bool{}
	for i, p := range d.Panels {
		if ids[p.ID] || p.ID == 0 || p.Title == "" {
			t.Errorf("panel %q has the ID %d", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Type == "row" {
			continue
		}
		if p.Description == "" || p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
			t.Errorf("panel %q: description %q, data source %q, %d queries", p.Title, p.Description, p.Datasource.UID, len(p.Targets))
		}
		for _, target := range p.Targets {
			if target.Datasource.UID != "${datasource}" || target.RefID == "" || !strings.Contains(target.Expr, `job=~"$job"`) {
				t.Errorf("panel %q: query %q does not follow the variables: %s", p.Title, target.RefID, target.Expr)
			}
		}
		for _, q := range d.Panels[:i] {
			a, b := p.GridPos, q.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H || a.X+a.W > 24 {
				t.Errorf("panels %q and %q lie on each other, or outside", p.Title, q.Title)
			}
		}
	}
}
