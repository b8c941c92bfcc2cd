module github.com/proapi-go/proapi/examples/gorilla-mux

go 1.26.0

replace github.com/proapi-go/proapi => ../..

require (
	github.com/gorilla/handlers v1.5.2
	github.com/gorilla/mux v1.8.1
	github.com/proapi-go/proapi v0.0.0
)

require (
	github.com/felixge/httpsnoop v1.0.3 // indirect
	github.com/fxamacker/cbor/v2 v2.10.0 // indirect
	github.com/x448/float16 v0.8.4 // indirect
)
