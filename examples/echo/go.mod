module github.com/proapi-go/proapi/examples/echo

go 1.26.0

replace github.com/proapi-go/proapi => ../..

require (
	github.com/labstack/echo/v5 v5.4.4
	github.com/proapi-go/proapi v0.0.0
)

require (
	github.com/fxamacker/cbor/v2 v2.10.0 // indirect
	github.com/x448/float16 v0.8.4 // indirect
	golang.org/x/time v0.15.0 // indirect
)
