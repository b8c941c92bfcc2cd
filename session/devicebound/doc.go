// Package devicebound binds sessions to the device on which their user logged in, so that a cookie that malware or a script
// has copied is worth nothing anywhere else. It is experimental: it follows a draft of the W3C, Device Bound Session
// Credentials (https://www.w3.org/TR/dbsc-1/), as Chromium 156 speaks it, and may change with it in any release.
//
//	sessions, err := session.New(session.Options{
//		SecretKey: os.Getenv("SESSION_SECRET_KEY"),
//		Secure:    session.On,
//		Binding:   devicebound.New(devicebound.Options{}),
//	})
//
// That is all: Manager.Middleware answers the browser's requests to register and to refresh by itself.
//
// After a login the browser makes a key, in the TPM or the Secure Enclave where the machine has one, and registers its
// public half, which is stored with the session. From then on the session's cookie needs a second one beside it, which
// lasts ten minutes, and which the browser gets by signing a challenge. A request without it sees an empty session. The
// browser holds requests back while it refreshes, so the user notices nothing.
//
// Browsers that cannot do that never register. Their sessions go on as they are, or, with [Require], end. A handler asks
// Session.DeviceBound.
package devicebound
