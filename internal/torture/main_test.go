package torture_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/proapi-go/proapi/internal/testpostgres"
)

// roles are what a process of this program does where a variable is set.
var roles = map[string]func(value string) error{
	backendVariable: serveBackend,
	writerVariable:  write,
	visitorVariable: visit,
	slowVariable:    beSlow,
}

func TestMain(m *testing.M) {
	for variable, play := range roles {
		value := os.Getenv(variable)
		if value == "" {
			continue
		}
		if err := play(value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(testpostgres.Main(m))
}
