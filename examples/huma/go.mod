module github.com/proapi-go/proapi/examples/huma

go 1.26.0

replace github.com/proapi-go/proapi => ../..

require (
	github.com/danielgtaylor/huma/v2 v2.37.2
	github.com/proapi-go/proapi v0.0.0
)

require (
	github.com/fxamacker/cbor/v2 v2.10.0 // indirect
	github.com/x448/float16 v0.8.4 // indirect
)
