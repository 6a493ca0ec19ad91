// SPDX-License-Identifier: Apache-2.0

// An OTLP receiver on gRPC's own server that does what a script says, call by call, and writes
// down what each call looked like to it. Usage: grpcpeer SCRIPT CALLS, see grpc_peer.py.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	logspb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracesv1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/encoding/gzip" // so that the server takes gzip
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// step is what becomes of a call.
type step struct {
	Status       string `json:"status"`        // of gRPC; empty: OK
	RetryMS      *int   `json:"retry_ms"`      // RetryInfo in the status
	HeadersFirst bool   `json:"headers_first"` // else an error is trailers alone
	WaitMS       int    `json:"wait_ms"`       // before the answer, or until the caller has gone
	Rejected     int64  `json:"rejected"`      // of a partial success
	MessageBytes int    `json:"message_bytes"` // of the message in the answer
}

type script struct {
	Steps          []step   `json:"steps"` // of the first calls; later ones are OK
	MaxBytes       int      `json:"max_bytes"`
	MaxStreams     uint32   `json:"max_streams"`
	MaxAgeMS       int      `json:"max_age_ms"` // of a connection, then GOAWAY
	CertificateKey []string `json:"certificate_key"`
}

// call is what is written down of one.
type call struct {
	Method      string              `json:"method"`
	AtNS        int64               `json:"at_ns"`   // since the start
	LeftNS      int64               `json:"left_ns"` // until its deadline; 0: none
	Compression string              `json:"compression"`
	WireBytes   int                 `json:"wire_bytes"`
	Metadata    map[string][]string `json:"metadata"`
	Connection  string              `json:"connection"`
	Spans       []string            `json:"spans"` // their ids
	Logs        int                 `json:"logs"`
	Metrics     int                 `json:"metrics"`
	Status      string              `json:"status"`
	Gone        bool                `json:"gone"` // the caller, before the answer
}

type peer struct {
	script script
	start  time.Time
	mu     sync.Mutex
	next   int
	calls  *json.Encoder
}

// wire is what stats.Handler sees of a call before and beside its handler.
type wire struct {
	compression, connection string
	bytes                   int
}

type wireKey struct{}

type watcher struct{}

func (watcher) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	return context.WithValue(ctx, wireKey{}, &wire{})
}
func (watcher) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (watcher) HandleConn(context.Context, stats.ConnStats)                       {}
func (watcher) HandleRPC(ctx context.Context, event stats.RPCStats) {
	seen := ctx.Value(wireKey{}).(*wire)
	switch event := event.(type) {
	case *stats.InHeader:
		seen.compression, seen.connection = event.Compression, event.RemoteAddr.String()
	case *stats.InPayload:
		seen.bytes = event.WireLength
	}
}

func codeOf(name string) codes.Code {
	if name == "" {
		return codes.OK
	}
	var code codes.Code
	if err := code.UnmarshalJSON([]byte(`"` + name + `"`)); err != nil {
		log.Fatal(err)
	}
	return code
}

// answer waits, writes the call down and says how it ends.
func (p *peer) answer(ctx context.Context, method string, seen call) (step, error) {
	p.mu.Lock()
	now := step{}
	if p.next < len(p.script.Steps) {
		now = p.script.Steps[p.next]
	}
	p.next++
	p.mu.Unlock()

	seen.Method = method
	seen.AtNS = time.Since(p.start).Nanoseconds()
	if deadline, found := ctx.Deadline(); found {
		seen.LeftNS = time.Until(deadline).Nanoseconds()
	}
	seen.Metadata, _ = metadata.FromIncomingContext(ctx)
	for name, values := range seen.Metadata {
		for i, value := range values {
			if strings.HasSuffix(name, "-bin") { // gRPC has decoded it
				values[i] = base64.StdEncoding.EncodeToString([]byte(value))
			}
		}
	}
	got := ctx.Value(wireKey{}).(*wire)
	seen.Compression, seen.WireBytes, seen.Connection = got.compression, got.bytes, got.connection
	seen.Status = now.Status
	if seen.Status == "" {
		seen.Status = "OK"
	}
	select {
	case <-time.After(time.Duration(now.WaitMS) * time.Millisecond):
	case <-ctx.Done():
		seen.Gone = true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.calls.Encode(seen); err != nil {
		log.Fatal(err)
	}
	if now.HeadersFirst {
		if err := grpc.SendHeader(ctx, metadata.Pairs("x-peer", "headers first")); err != nil && !seen.Gone {
			log.Fatal(err)
		}
	}
	return now, errorOf(now)
}

func errorOf(now step) error {
	if codeOf(now.Status) == codes.OK {
		return nil
	}
	ended := status.New(codeOf(now.Status), "as the script says: 100 % „"+now.Status+"“\n")
	if now.RetryMS != nil {
		pause := durationpb.New(time.Duration(*now.RetryMS) * time.Millisecond)
		var err error
		if ended, err = ended.WithDetails(&errdetails.RetryInfo{RetryDelay: pause}); err != nil {
			log.Fatal(err)
		}
	}
	return ended.Err()
}

func (s step) message() string { return strings.Repeat("m", s.MessageBytes) }

type traces struct {
	tracepb.UnimplementedTraceServiceServer
	*peer
}

func idsOf(resources []*tracesv1.ResourceSpans) []string {
	ids := []string{}
	for _, resource := range resources {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				ids = append(ids, fmt.Sprintf("%x", span.SpanId))
			}
		}
	}
	return ids
}

func (t traces) Export(ctx context.Context, request *tracepb.ExportTraceServiceRequest) (*tracepb.ExportTraceServiceResponse, error) {
	now, err := t.answer(ctx, "traces", call{Spans: idsOf(request.ResourceSpans)})
	answer := &tracepb.ExportTraceServiceResponse{}
	if now.Rejected != 0 || now.MessageBytes != 0 {
		answer.PartialSuccess = &tracepb.ExportTracePartialSuccess{
			RejectedSpans: now.Rejected, ErrorMessage: now.message()}
	}
	return answer, err
}

type logs struct {
	logspb.UnimplementedLogsServiceServer
	*peer
}

func (l logs) Export(ctx context.Context, request *logspb.ExportLogsServiceRequest) (*logspb.ExportLogsServiceResponse, error) {
	count := 0
	for _, resource := range request.ResourceLogs {
		for _, scope := range resource.ScopeLogs {
			count += len(scope.LogRecords)
		}
	}
	_, err := l.answer(ctx, "logs", call{Logs: count})
	return &logspb.ExportLogsServiceResponse{}, err
}

type metrics struct {
	metricspb.UnimplementedMetricsServiceServer
	*peer
}

func (m metrics) Export(ctx context.Context, request *metricspb.ExportMetricsServiceRequest) (*metricspb.ExportMetricsServiceResponse, error) {
	count := 0
	for _, resource := range request.ResourceMetrics {
		for _, scope := range resource.ScopeMetrics {
			count += len(scope.Metrics)
		}
	}
	_, err := m.answer(ctx, "metrics", call{Metrics: count})
	return &metricspb.ExportMetricsServiceResponse{}, err
}

func (s script) options() []grpc.ServerOption {
	options := []grpc.ServerOption{grpc.StatsHandler(watcher{})}
	if s.MaxBytes != 0 {
		options = append(options, grpc.MaxRecvMsgSize(s.MaxBytes))
	}
	if s.MaxStreams != 0 {
		options = append(options, grpc.MaxConcurrentStreams(s.MaxStreams))
	}
	if s.MaxAgeMS != 0 {
		options = append(options, grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionAge: time.Duration(s.MaxAgeMS) * time.Millisecond}))
	}
	if len(s.CertificateKey) == 2 {
		keys, err := credentials.NewServerTLSFromFile(s.CertificateKey[0], s.CertificateKey[1])
		if err != nil {
			log.Fatal(err)
		}
		options = append(options, grpc.Creds(keys))
	}
	return options
}

func main() {
	var plan script
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = json.Unmarshal(text, &plan)
	}
	if err != nil {
		log.Fatal(err)
	}
	output, err := os.Create(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	shared := &peer{script: plan, start: time.Now(), calls: json.NewEncoder(output)}
	server := grpc.NewServer(plan.options()...)
	tracepb.RegisterTraceServiceServer(server, traces{peer: shared})
	logspb.RegisterLogsServiceServer(server, logs{peer: shared})
	metricspb.RegisterMetricsServiceServer(server, metrics{peer: shared})
	go func() {
		ends := make(chan os.Signal, 1)
		signal.Notify(ends, syscall.SIGTERM)
		<-ends
		server.Stop()
	}()
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	if err := server.Serve(listener); err != nil {
		log.Fatal(err)
	}
	if err := output.Close(); err != nil {
		log.Fatal(err)
	}
}
