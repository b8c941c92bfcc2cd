package movetest_test

import (
	"testing"

	"github.com/proapi-go/proapi/internal/movetest"
	"github.com/proapi-go/proapi/session/store"
	"github.com/proapi-go/proapi/session/storetest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return &movetest.Memory{} })
}
