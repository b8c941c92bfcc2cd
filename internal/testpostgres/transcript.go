package testpostgres

import (
	"bufio"
	"strings"
	"sync"
)

// A transcript is what a server has said last, for the error of a test.
type transcript struct {
	mu    sync.Mutex
	lines []string
}

const remembered = 30 // lines

// read takes in all that there is to read, and closes ready at the line that holds the text.
func (t *transcript) read(lines *bufio.Scanner, text string, ready chan<- struct{}) {
	for lines.Scan() {
		t.add(lines.Text())
		if ready != nil && strings.Contains(lines.Text(), text) {
			close(ready)
			ready = nil
		}
	}
}

func (t *transcript) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, line)
	if len(t.lines) > remembered {
		t.lines = t.lines[1:]
	}
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}
