package redisstore

import "github.com/proapi-go/proapi/session"

func init() { session.Register("redis", Open) }
