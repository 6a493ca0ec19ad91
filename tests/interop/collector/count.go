// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"os"
	"sync"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// totals is what the counter writes when it stops.
type totals struct {
	Spans            int64            `json:"spans"`
	Logs             int64            `json:"logs"`
	DataPoints       int64            `json:"data_points"`
	DistinctSpans    int64            `json:"distinct_spans"`     // by trace id and span id
	DistinctSpanSeqs int64            `json:"distinct_span_seqs"` // by the attribute "seq"
	DistinctLogSeqs  int64            `json:"distinct_log_seqs"`
	LogsOfASpan      int64            `json:"logs_of_a_span"` // whose span arrived as well
	Requests         map[string]int64 `json:"requests"`       // by content encoding
}

type spanKey struct {
	trace pcommon.TraceID
	span  pcommon.SpanID
}

type counter struct {
	path     string
	mu       sync.Mutex
	sum      totals
	spans    map[spanKey]struct{}
	logSpans map[spanKey]int64 // number of logs that name the span
	spanSeqs map[int64]struct{}
	logSeqs  map[int64]struct{}
}

func newCounter(path string) sink {
	return &counter{
		path:     path,
		sum:      totals{Requests: map[string]int64{}},
		spans:    map[spanKey]struct{}{},
		logSpans: map[spanKey]int64{},
		spanSeqs: map[int64]struct{}{},
		logSeqs:  map[int64]struct{}{},
	}
}

func (c *counter) open() error { return nil }

func (c *counter) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sum.DistinctSpans = int64(len(c.spans))
	c.sum.DistinctSpanSeqs = int64(len(c.spanSeqs))
	c.sum.DistinctLogSeqs = int64(len(c.logSeqs))
	for key, count := range c.logSpans {
		if _, found := c.spans[key]; found {
			c.sum.LogsOfASpan += count
		}
	}
	text, err := json.Marshal(&c.sum)
	if err != nil {
		return err
	}
	return os.WriteFile(c.path, append(text, '\n'), 0o600)
}

// header is a header of the request, or "none". The receiver must be configured to pass
// the headers on. Those of gRPC itself it never shows.
func header(ctx context.Context, name string) string {
	if values := client.FromContext(ctx).Metadata.Get(name); len(values) > 0 {
		return values[0]
	}
	return "none"
}

// request counts a request by its content encoding.
func (c *counter) request(ctx context.Context) { c.sum.Requests[header(ctx, "Content-Encoding")]++ }

func remember(seqs map[int64]struct{}, attributes pcommon.Map) {
	if seq, found := attributes.Get("seq"); found {
		seqs[seq.Int()] = struct{}{}
	}
}

func (c *counter) traces(ctx context.Context, td ptrace.Traces) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.request(ctx)
	for _, resource := range td.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				c.sum.Spans++
				c.spans[spanKey{span.TraceID(), span.SpanID()}] = struct{}{}
				remember(c.spanSeqs, span.Attributes())
			}
		}
	}
	return nil
}

func (c *counter) logs(ctx context.Context, ld plog.Logs) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.request(ctx)
	for _, resource := range ld.ResourceLogs().All() {
		for _, scope := range resource.ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				c.sum.Logs++
				c.logSpans[spanKey{record.TraceID(), record.SpanID()}]++
				remember(c.logSeqs, record.Attributes())
			}
		}
	}
	return nil
}

func (c *counter) metrics(ctx context.Context, md pmetric.Metrics) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.request(ctx)
	c.sum.DataPoints += int64(md.DataPointCount())
	return nil
}
