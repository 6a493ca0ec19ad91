// SPDX-License-Identifier: Apache-2.0

// A service that passes requests on, instrumented with OpenTelemetry's SDK for Go: see relay.c.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"
)

const (
	ownMember = "hop-go"
	ownValue  = "Go;köстεr"
)

type call struct {
	URL       string          `json:"url"`
	Arguments json.RawMessage `json:"arguments"`
}

func post(ctx context.Context, one call) error {
	ctx, span := otel.Tracer("relay").Start(ctx, "POST", api.WithSpanKind(api.SpanKindClient))
	defer span.End()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, one.URL, bytes.NewReader(one.Arguments))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	otel.GetTextMapPropagator().Inject(ctx, propagation.HeaderCarrier(request.Header))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

func serve(answer http.ResponseWriter, request *http.Request) {
	ctx := otel.GetTextMapPropagator().Extract(request.Context(), propagation.HeaderCarrier(request.Header))
	ctx, span := otel.Tracer("relay").Start(ctx, "POST", api.WithSpanKind(api.SpanKindServer))
	defer span.End()
	came := baggage.FromContext(ctx)
	for _, member := range came.Members() {
		text := member.Value()
		for _, property := range member.Properties() {
			text += ";" + property.String()
		}
		span.SetAttributes(attribute.String("baggage."+member.Key(), text))
	}
	own, err := baggage.NewMemberRaw(ownMember, ownValue)
	if err == nil {
		came, err = came.SetMember(own)
	}
	if err != nil {
		http.Error(answer, err.Error(), http.StatusInternalServerError)
		return
	}
	ctx = baggage.ContextWithBaggage(ctx, came)
	var calls []call
	if err := json.NewDecoder(request.Body).Decode(&calls); err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	for _, one := range calls {
		if err := post(ctx, one); err != nil {
			http.Error(answer, err.Error(), http.StatusBadGateway)
			return
		}
	}
	answer.Header().Set("Content-Type", "application/json")
	io.WriteString(answer, "null")
}

func run(portFile string) error {
	exporter, err := otlptracehttp.New(context.Background())
	if err != nil {
		return err
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter),
		trace.WithResource(resource.NewSchemaless(attribute.String("service.name", "relay-go"))))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{},
		propagation.Baggage{}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go http.Serve(listener, http.HandlerFunc(serve))
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	if err := os.WriteFile(portFile, []byte(port), 0o600); err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
	return provider.Shutdown(context.Background())
}

func main() {
	portFile := flag.String("port-file", "", "where to write the port")
	flag.Parse()
	if err := run(*portFile); err != nil {
		log.Fatal(err)
	}
}
