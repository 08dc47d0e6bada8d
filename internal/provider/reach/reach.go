// Package reach is how a machine is reached from outside: the attributes ssh,
// http_urls and tcp_ports, which every machine has.
//
// They keep their shape whatever the machine does, so that an output that reads
// one of them breaks no plan: ssh is an object whose fields are null while there
// is no way in, and the maps have a key for every configured port, with null while
// the port is not mapped.
package reach

import (
	"context"
	"maps"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// SymmetricFrom is the container port from which on both platforms draw a port
// themselves, with the same number inside and outside. (RunPod: above it.)
const SymmetricFrom = 70_000

// Attributes are the ways into a machine in its state; a model embeds them.
type Attributes struct {
	SSH      types.Object `tfsdk:"ssh"`
	HTTPURLs types.Map    `tfsdk:"http_urls"`
	TCPPorts types.Map    `tfsdk:"tcp_ports"`
}

// Login is how to log in.
type Login struct {
	Host    types.String `tfsdk:"host"`
	Port    types.Int64  `tfsdk:"port"`
	User    types.String `tfsdk:"user"`
	Command types.String `tfsdk:"command"`
}

func sshTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"host": types.StringType, "port": types.Int64Type, "user": types.StringType, "command": types.StringType,
	}
}

// Schema are the three attributes; the descriptions add what holds on the platform.
func Schema(ssh, urls, ports string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"ssh": schema.SingleNestedAttribute{
			Computed:            true,
			MarkdownDescription: ssh + " Its fields are null while it cannot be reached.",
			PlanModifiers:       []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
			Attributes: map[string]schema.Attribute{
				"host":    schema.StringAttribute{Computed: true, MarkdownDescription: "Host name or address."},
				"port":    schema.Int64Attribute{Computed: true, MarkdownDescription: "Port."},
				"user":    schema.StringAttribute{Computed: true, MarkdownDescription: "User to log in as."},
				"command": schema.StringAttribute{Computed: true, MarkdownDescription: "The complete command line."},
			},
		},
		"http_urls": schema.MapAttribute{
			Computed: true, ElementType: types.StringType, MarkdownDescription: urls,
			PlanModifiers: []planmodifier.Map{mapplanmodifier.UseStateForUnknown()},
		},
		"tcp_ports": schema.MapAttribute{
			Computed: true, ElementType: types.Int64Type, MarkdownDescription: ports,
			PlanModifiers: []planmodifier.Map{mapplanmodifier.UseStateForUnknown()},
		},
	}
}

// Ways are the ways into a machine as its platform tells them.
type Ways struct {
	// SSH is nil while there is no way in.
	SSH *Login
	// URLs and Ports are by container port: "" and 0 for a port that is configured
	// and not mapped now.
	URLs  map[string]string
	Ports map[string]int64
	// Runs tells that the container runs. Of one that does not, the ports that it had
	// keep their keys.
	Runs bool
}

// ReadWays takes over the ways in.
func (a *Attributes) ReadWays(ctx context.Context, w Ways, diags *diag.Diagnostics) {
	login := w.SSH
	if login == nil {
		login = &Login{}
	}
	a.SSH = kernel.Object(ctx, sshTypes(), login, diags)
	urls, ports := map[string]attr.Value{}, map[string]attr.Value{}
	if !w.Runs {
		urls, ports = emptied(a.HTTPURLs), emptied(a.TCPPorts)
	}
	for port, url := range w.URLs {
		urls[port] = kernel.StringOrNull(url)
	}
	for port, outside := range w.Ports {
		ports[port] = types.Int64Value(outside)
		if outside == 0 {
			ports[port] = types.Int64Null()
		}
	}
	a.HTTPURLs, a.TCPPorts = mapOf(types.StringType, urls, diags), mapOf(types.Int64Type, ports, diags)
}

// CloseWays is what they are once the machine is stopped: the keys stay, the values are
// null.
func (a *Attributes) CloseWays(ctx context.Context, diags *diag.Diagnostics) {
	a.SSH = kernel.Object(ctx, sshTypes(), &Login{}, diags)
	a.HTTPURLs, a.TCPPorts = mapOf(types.StringType, emptied(a.HTTPURLs), diags), mapOf(types.Int64Type, emptied(a.TCPPorts), diags)
}

// ForgetWays makes them known after apply: the platform assigns others.
func (a *Attributes) ForgetWays() {
	a.SSH = types.ObjectUnknown(sshTypes())
	a.ForgetPorts()
}

// ForgetPorts makes the ports and what they lead to known after apply.
func (a *Attributes) ForgetPorts() {
	a.HTTPURLs, a.TCPPorts = types.MapUnknown(types.StringType), types.MapUnknown(types.Int64Type)
}

// WaysOpen tells whether anything of them is known after apply.
func (a *Attributes) WaysOpen() bool {
	return a.SSH.IsUnknown() || a.HTTPURLs.IsUnknown() || a.TCPPorts.IsUnknown()
}

// KeepWays puts back what was planned as known.
func (a *Attributes) KeepWays(planned Attributes) {
	kernel.KeepKnown(&a.SSH, planned.SSH)
	kernel.KeepKnown(&a.HTTPURLs, planned.HTTPURLs)
	kernel.KeepKnown(&a.TCPPorts, planned.TCPPorts)
}

// emptied are the keys of a map with null for each; none for a map that is not known.
func emptied(m types.Map) map[string]attr.Value {
	out := map[string]attr.Value{}
	for key, value := range m.Elements() {
		out[key] = types.StringNull()
		if _, number := value.(types.Int64); number {
			out[key] = types.Int64Null()
		}
	}
	return out
}

func mapOf(element attr.Type, values map[string]attr.Value, diags *diag.Diagnostics) types.Map {
	out, ds := types.MapValue(element, values)
	diags.Append(ds...)
	return out
}

// Mapped are the TCP ports of a machine: what is configured, and where it is mapped
// (container port → public port, 0 for none). A port that was asked for as one above
// [SymmetricFrom] is mapped under the number that the platform drew; which of
// several became which is not told, so that they stay 0 and only the drawn ones show.
func Mapped(configured []int, mapped map[int]int64) map[string]int64 {
	out := map[string]int64{}
	drawn := maps.Clone(mapped)
	var symmetric []int
	for _, port := range configured {
		out[strconv.Itoa(port)] = mapped[port]
		delete(drawn, port)
		if port >= SymmetricFrom {
			symmetric = append(symmetric, port)
		}
	}
	for inside, outside := range mapped {
		out[strconv.Itoa(inside)] = outside
		if int64(inside) != outside {
			delete(drawn, inside)
		}
	}
	if len(symmetric) == 1 && len(drawn) == 1 {
		for _, outside := range drawn {
			out[strconv.Itoa(symmetric[0])] = outside
		}
	}
	return out
}
