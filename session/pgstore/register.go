package pgstore

import "github.com/proapi-go/proapi/session"

func init() { session.Register("postgres", Open) }
