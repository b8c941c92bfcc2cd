// Package redisstore keeps sessions in Redis (6.2 or newer) or Valkey: one server, a primary that Sentinels watch, or a
// Cluster. Processes that share a server and a prefix share their sessions.
//
// Importing it makes the backend "redis" known:
//
//	import _ "github.com/proapi-go/proapi/session/redisstore"
//
//	manager, err := session.New(session.Options{
//		Backend:        "redis",
//		BackendOptions: session.BackendOptions{"url": "rediss://shop:secret@redis.example.com:6379/0"},
//	})
//
// [Open] lists the options. [New] takes a client that the application has already.
//
// # What is stored
//
// A session is one key, the prefix and "s:" and 43 letters, whose time to live is the session's; a tombstone takes its
// place when the session is deleted. A Load is one GET. A Save is one script of constant cost besides that of storing the
// bytes, which compares the stored version and sets the new value; each is one round trip. A user's sessions are in an
// index under the prefix and "u:", which is told at a login, and again when a session has lived about twice as long as it
// was first to live: a round trip or two more. Deletions are told on the channel of the prefix and "deleted".
//
// A session with 300 bytes of values needs some 770 bytes of the server's memory, of which nearly half are its user's index
// of one session; a tombstone needs some 240.
//
// # What a user has to be allowed
//
// In the server's configuration, for the prefix "shop:":
//
//	user shop on >secret ~shop:* &shop:* -@all +@connection +get +eval +evalsha +getrange +set +del +publish +subscribe
//	+unsubscribe +zadd +zscore +zrem +zremrangebyscore +zrangebyscore +pttl +pexpire +scan
//
// For [Store.Usage] +dbsize +randomkey +strlen +memory|usage as well (before Redis 7 +memory).
// On a Cluster +cluster as well, with Options.WaitReplicas +wait.
//
// # What may be lost
//
// Redis acknowledges what is in its memory. What then becomes of it is a matter of the server's configuration:
//
//   - A restart without persistence ends all sessions: every visitor is new, and those that were logged out stay logged
//     out, as nothing is there to log in with. With an append-only file (appendonly yes, appendfsync everysec) a crash loses
//     the last second or so; sessions are as they were before, and a logout of that second is undone.
//   - A replica that takes over has not heard of the last moments, as replication is asynchronous: changes that were
//     acknowledged, and logouts, can be lost then. Options.WaitReplicas makes each change wait until so many replicas have
//     it, and fail with an error otherwise, for another round trip on a connection of its own: less is lost, though Redis
//     does not promise that the replica that takes over is one of those. An orderly failover (CLUSTER FAILOVER, FAILOVER)
//     loses nothing. min-replicas-to-write and min-replicas-max-lag keep a primary that was cut off from the others from
//     taking changes that nobody will have.
//   - A server with maxmemory and the policy noeviction refuses: Save returns an error that wraps session.ErrFull, Load and
//     Delete go on. That is the policy for sessions. Any other one throws sessions out, and visitors with them; tombstones
//     too, which can only undo a logout for a request under way; and indexes, so that a user's list may miss sessions
//     until they are next told of. volatile-ttl takes those first that end soonest.
//
// # Outages
//
// Every call returns within Options.Timeout, with an answer or an error. A Save is not sent a second time by itself, as
// nobody can know whether the first was carried out; a Load and a Delete are, where a connection was lost. Nothing has to
// be restarted when the server is back. In a failover calls fail for as long as it lasts: Redis Cluster takes its
// cluster-node-timeout and a second or two, Sentinel its down-after-milliseconds and as much.
package redisstore
