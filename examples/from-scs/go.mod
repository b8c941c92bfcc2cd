module github.com/proapi-go/proapi/examples/from-scs

go 1.26.0

replace github.com/proapi-go/proapi => ../..

require (
	github.com/alexedwards/scs/v2 v2.9.0
	github.com/proapi-go/proapi v0.0.0-00010101000000-000000000000
)

require (
	github.com/fxamacker/cbor/v2 v2.10.0 // indirect
	github.com/x448/float16 v0.8.4 // indirect
)
