package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

const patience = 10 * time.Second // with a process that starts or stops

// A process is a program that this one has started. It ends when its standard input does, and so with this program,
// however that ends.
type process struct {
	cmd      *exec.Cmd
	lifeline io.Closer
	ended    chan struct{}
}

// start starts cmd and returns when it has printed a line of which ready says that it is the one.
func start(cmd *exec.Cmd, ready func(line string) bool) (*process, error) {
	cmd.Stderr = os.Stderr
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	lines, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, lifeline: lifeline, ended: make(chan struct{})}
	isReady := make(chan struct{})
	go func() {
		defer close(p.ended)
		for scanner, waiting := bufio.NewScanner(lines), true; scanner.Scan(); {
			if waiting && ready(scanner.Text()) {
				waiting = false
				close(isReady)
			}
		}
		_ = cmd.Wait() // it may have been killed
	}()
	select {
	case <-isReady:
		return p, nil
	case <-p.ended:
		return nil, fmt.Errorf("%s ended before it was ready", cmd.Path)
	case <-time.After(patience):
		return nil, fmt.Errorf("%s is not ready after %v (%w)", cmd.Path, patience, p.stop())
	}
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// kill ends the process as a crash does.
func (p *process) kill() error {
	err := p.cmd.Process.Kill()
	<-p.ended
	return err
}

// stop lets the process end, and makes it where it does not.
func (p *process) stop() error {
	_ = p.lifeline.Close() // or it has ended already
	select {
	case <-p.ended:
		return nil
	case <-time.After(patience):
		return p.kill()
	}
}
