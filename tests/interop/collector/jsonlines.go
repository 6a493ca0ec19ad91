// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
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
// sender. In the end it writes how many requests came in which form to `path`.forms.
type jsonLines struct {
	path  string
	mu    sync.Mutex
	file  *os.File
	forms map[string]int64 // by content type and encoding
}

func newJSONLines(path string) sink { return &jsonLines{path: path, forms: map[string]int64{}} }

func (j *jsonLines) open() (err error) {
	j.file, err = os.Create(j.path)
	return err
}

func (j *jsonLines) close() error {
	text, err := json.Marshal(j.forms)
	if err == nil {
		err = os.WriteFile(j.path+".forms", append(text, '\n'), 0o600)
	}
	return errors.Join(err, j.file.Close())
}

func (j *jsonLines) write(ctx context.Context, line []byte, err error) error {
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.forms[header(ctx, "Content-Type")+" "+header(ctx, "Content-Encoding")]++
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

func (j *jsonLines) traces(ctx context.Context, td ptrace.Traces) error {
	wire, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err := strict(wire, &tracepb.TracesData{}, err); err != nil {
		return err
	}
	line, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
	return j.write(ctx, line, err)
}

func (j *jsonLines) metrics(ctx context.Context, md pmetric.Metrics) error {
	wire, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
	if err := strict(wire, &metricspb.MetricsData{}, err); err != nil {
		return err
	}
	line, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(md)
	return j.write(ctx, line, err)
}

func (j *jsonLines) logs(ctx context.Context, ld plog.Logs) error {
	wire, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	if err := strict(wire, &logspb.LogsData{}, err); err != nil {
		return err
	}
	line, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
	return j.write(ctx, line, err)
}
