// Package movetest tests that an application moves from one store to another without stopping.
package movetest
