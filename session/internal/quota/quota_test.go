package quota_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session/internal/quota"
)

func TestSoManyLinesAreAllowedInASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines quota.Lines
		for range 3 {
			allowed := 0
			for range 1000 {
				if lines.Allow() {
					allowed++
				}
			}
			if allowed != quota.PerSecond {
				t.Errorf("%d lines are allowed, want %d", allowed, quota.PerSecond)
			}
			<-time.After(time.Second)
		}
	})
}
