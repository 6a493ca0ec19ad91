// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"sync"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// jsonLines writes each request as one line of OTLP/JSON before it answers the
// sender.
type jsonLines struct {
	path string
	mu   sync.Mutex
	file *os.File
}

func newJSONLines(path string) sink { return &jsonLines{path: path} }

func (j *jsonLines) open() (err error) {
	j.file, err = os.Create(j.path)
	return err
}

func (j *jsonLines) close() error { return j.file.Close() }

func (j *jsonLines) write(line []byte, err error) error {
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err = j.file.Write(append(line, '\n'))
	return err
}

// strict decodes with the reference protobuf implementation, which refuses a
// string that is not UTF-8. The collector's own decoder lets it through.
func strict(wire []byte, into proto.Message, err error) error {
	if err != nil {
		return err
	}
	if err = proto.Unmarshal(wire, into); err != nil {
		return consumererror.NewPermanent(err)
	}
	return nil
}

func (j *jsonLines) traces(_ context.Context, td ptrace.Traces) error {
	wire, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err := strict(wire, &tracepb.TracesData{}, err); err != nil {
		return err
	}
	return j.write((&ptrace.JSONMarshaler{}).MarshalTraces(td))
}

func (j *jsonLines) metrics(_ context.Context, md pmetric.Metrics) error {
	wire, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
	if err := strict(wire, &metricspb.MetricsData{}, err); err != nil {
		return err
	}
	return j.write((&pmetric.JSONMarshaler{}).MarshalMetrics(md))
}

func (j *jsonLines) logs(_ context.Context, ld plog.Logs) error {
	wire, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	if err := strict(wire, &logspb.LogsData{}, err); err != nil {
		return err
	}
	return j.write((&plog.JSONMarshaler{}).MarshalLogs(ld))
}
