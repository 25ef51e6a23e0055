// A plugin host as Grafana is one: go-plugin launches the executable, Grafana's SDK calls it and
// reads the frames. Takes one JSON command a line on stdin, answers each with one line on stdout.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
)

type command struct {
	Op         string
	Executable []string
	Mtls       bool
	Protocols  []int
	Source     pluginv2.DataSourceInstanceSettings
	Headers    map[string]string
	Queries    []*pluginv2.DataQuery
	Repeat     int
	Parallel   int
	Path       string
	Body       json.RawMessage
}

type host struct {
	client      *plugin.Client
	protocol    plugin.ClientProtocol
	data        grpcplugin.DataClient
	diagnostics grpcplugin.DiagnosticsClient
	resource    grpcplugin.ResourceClient
}

func main() {
	h := &host{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var c command
		answer := any(nil)
		err := json.Unmarshal(lines.Bytes(), &c)
		if err == nil {
			answer, err = h.do(&c)
		}
		out := map[string]any{"answer": answer}
		if err != nil {
			out["error"] = err.Error()
		}
		line, err := json.Marshal(out)
		if err != nil {
			line = []byte(fmt.Sprintf(`{"error": %q}`, err.Error()))
		}
		fmt.Println(string(line))
	}
	if h.client != nil {
		h.client.Kill()
	}
}

func (h *host) do(c *command) (any, error) {
	switch c.Op {
	case "start":
		return h.start(c)
	case "ping":
		return nil, h.protocol.Ping()
	case "query":
		return h.query(c)
	case "health":
		r, err := h.diagnostics.CheckHealth(context.Background(),
			&pluginv2.CheckHealthRequest{PluginContext: c.context()})
		if err != nil {
			return nil, err
		}
		return map[string]any{"status": r.Status.String(), "message": r.Message}, nil
	case "metrics":
		r, err := h.diagnostics.CollectMetrics(context.Background(), &pluginv2.CollectMetricsRequest{})
		if err != nil {
			return nil, err
		}
		return string(r.Metrics.Prometheus), nil
	case "resource":
		return h.callResource(c)
	case "kill":
		begun := time.Now()
		h.client.Kill()
		return map[string]any{"ms": milliseconds(begun), "exited": h.client.Exited()}, nil
	}
	return nil, fmt.Errorf("no such op %q", c.Op)
}

func (h *host) start(c *command) (any, error) {
	plugins := map[int]plugin.PluginSet{}
	for _, protocol := range c.Protocols {
		plugins[protocol] = plugin.PluginSet{
			"data":        &grpcplugin.DataGRPCPlugin{},
			"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{},
			"resource":    &grpcplugin.ResourceGRPCPlugin{},
		}
	}
	cmd := exec.Command(c.Executable[0], c.Executable[1:]...)
	h.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  2,
			MagicCookieKey:   grpcplugin.MagicCookieKey,
			MagicCookieValue: grpcplugin.MagicCookieValue,
		},
		VersionedPlugins: plugins,
		Cmd:              cmd,
		SkipHostEnv:      true, // neither PATH nor HOME, as Grafana since 12.4
		AutoMTLS:         c.Mtls,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Logger: hclog.New(&hclog.LoggerOptions{
			Level: hclog.Debug, Output: os.Stderr, JSONFormat: true,
		}),
	})
	begun := time.Now()
	if _, err := h.client.Start(); err != nil {
		return nil, err
	}
	started := milliseconds(begun)
	var err error
	if h.protocol, err = h.client.Client(); err != nil {
		return nil, err
	}
	for name, set := range map[string]func(any){
		"data":        func(raw any) { h.data = raw.(grpcplugin.DataClient) },
		"diagnostics": func(raw any) { h.diagnostics = raw.(grpcplugin.DiagnosticsClient) },
		"resource":    func(raw any) { h.resource = raw.(grpcplugin.ResourceClient) },
	} {
		raw, err := h.protocol.Dispense(name)
		if err != nil {
			return nil, err
		}
		set(raw)
	}
	return map[string]any{
		"ms": started, "pid": cmd.Process.Pid, "protocol": h.client.NegotiatedVersion(),
		"address": h.client.ReattachConfig().Addr.String(),
	}, nil
}

func (c *command) context() *pluginv2.PluginContext {
	return &pluginv2.PluginContext{OrgId: 1, DataSourceInstanceSettings: &c.Source}
}

// query asks Repeat times, Parallel at once; the answer has every call's milliseconds, how many
// responses had an error, and the last response read by the SDK.
func (h *host) query(c *command) (any, error) {
	request := &pluginv2.QueryDataRequest{
		PluginContext: c.context(), Headers: c.Headers, Queries: c.Queries,
	}
	var lock sync.Mutex
	var group sync.WaitGroup
	var last *pluginv2.QueryDataResponse
	var failure error
	times, failed := []float64{}, 0
	slots := make(chan bool, max(1, c.Parallel))
	for range max(1, c.Repeat) {
		slots <- true
		group.Go(func() {
			defer func() { <-slots }()
			begun := time.Now()
			response, err := h.data.QueryData(context.Background(), request)
			took := milliseconds(begun)
			lock.Lock()
			defer lock.Unlock()
			times = append(times, took)
			if err != nil {
				failure = err
				return
			}
			last = response
			for _, r := range response.Responses {
				if r.Error != "" {
					failed++
				}
			}
		})
	}
	group.Wait()
	if failure != nil {
		return nil, failure
	}
	responses, err := read(last)
	return map[string]any{"ms": times, "failed": failed, "responses": responses}, err
}

func read(response *pluginv2.QueryDataResponse) (map[string]any, error) {
	responses := map[string]any{}
	for refID, r := range response.Responses {
		frames, err := data.UnmarshalArrowFrames(r.Frames)
		if err != nil {
			return nil, err
		}
		shapes := []any{}
		for _, frame := range frames {
			kind := data.FrameType("")
			if frame.Meta != nil {
				kind = frame.Meta.Type
			}
			shapes = append(shapes, map[string]any{
				"frame": frame, "series": frame.TimeSeriesSchema().Type.String(), "kind": kind,
				"numeric": isNumeric(frame), "rows": frame.Rows(),
			})
		}
		responses[refID] = map[string]any{
			"error": r.Error, "status": r.Status, "source": r.ErrorSource, "frames": shapes,
		}
	}
	return responses, nil
}

// isNumeric tells whether an alert rule takes the frame as numbers with labels: no time, one
// numeric field, else texts. As Grafana's pkg/expr/converter.go asks.
func isNumeric(frame *data.Frame) bool {
	numeric := 0
	for _, field := range frame.Fields {
		if field.Type().Numeric() {
			numeric++
		} else if field.Type().NonNullableType() != data.FieldTypeString {
			return false
		}
	}
	return numeric == 1
}

func (h *host) callResource(c *command) (any, error) {
	stream, err := h.resource.CallResource(context.Background(), &pluginv2.CallResourceRequest{
		PluginContext: c.context(), Path: c.Path, Method: "POST", Url: c.Path, Body: c.Body,
	})
	if err != nil {
		return nil, err
	}
	r, err := stream.Recv()
	if err != nil {
		return nil, err
	}
	return map[string]any{"code": r.Code, "body": json.RawMessage(r.Body)}, nil
}

func milliseconds(begun time.Time) float64 {
	return float64(time.Since(begun).Microseconds()) / 1000
}
