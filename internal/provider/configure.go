package provider

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/spend"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

const (
	runPodURL = "https://api.runpod.io"
	vastaiURL = "https://console.vast.ai"
)

// model keeps objects, because a dynamic block may be unknown as a whole in a plan.
type model struct {
	RunPod types.Object `tfsdk:"runpod"`
	Vastai types.Object `tfsdk:"vastai"`
	Budget types.Object `tfsdk:"budget"`
}

type platformModel struct {
	APIKey  types.String `tfsdk:"api_key"`
	BaseURL types.String `tfsdk:"base_url"`
}

type runPodModel struct {
	platformModel

	Profile types.String `tfsdk:"profile"`
}

type budgetModel struct {
	MaxHourly     types.Float64 `tfsdk:"max_hourly"`
	MaxMonthly    types.Float64 `tfsdk:"max_monthly"`
	MaxHourlyEach types.Float64 `tfsdk:"max_hourly_each"`
}

func (p *gpumarket) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Rents GPUs on RunPod and Vast.ai, with the cost of every change in `terraform plan`. " +
			"Every part is optional; to use one platform, only its key is needed.",
		Blocks: map[string]schema.Block{
			"runpod": runPodBlock(),
			"vastai": schema.SingleNestedBlock{
				MarkdownDescription: "The Vast.ai account.",
				Attributes: platformAttributes("`VAST_API_KEY`",
					"the vast CLI's key file (`$XDG_CONFIG_HOME/vastai/vast_api_key`, then `~/.vast_api_key`)", "`VAST_URL`", vastaiURL),
			},
			"budget": budgetBlock(),
		},
	}
}

func runPodBlock() schema.Block {
	attributes := platformAttributes("`RUNPOD_API_KEY`", "runpodctl's `~/.runpod/config.toml`", "`RUNPOD_BASE_URL`, then `RUNPOD_API_BASE_URL`", runPodURL)
	attributes["profile"] = schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "The profile of `~/.runpod/config.toml` whose key is used; `RUNPOD_API_KEY` is then ignored. Conflicts with `api_key`. " +
			"A file without profiles counts as the profile `default`.",
	}
	return schema.SingleNestedBlock{MarkdownDescription: "The RunPod account.", Attributes: attributes}
}

func budgetBlock() schema.Block {
	limit := func(description string) schema.Attribute {
		return schema.Float64Attribute{
			Optional: true, MarkdownDescription: description,
			Validators: []validator.Float64{float64validator.AtLeast(0)},
		}
	}
	return schema.SingleNestedBlock{
		MarkdownDescription: "Limits on cost. A plan that would cost more is refused, and the limits are checked again before each rental. " +
			"They apply to what is created or newly set; what already runs is never stopped by them.",
		Attributes: map[string]schema.Attribute{
			"max_hourly": limit("Highest total cost of everything on the configured accounts after an apply, in USD per hour, " +
				"including what other people or tools run there. Just before each rental it is checked against what the platforms list and against the rentals " +
				"in progress of every provider block and command that shares Terraform's data directory. Commands in other directories or on other machines " +
				"that rent at the same moment are seen only once the platforms list what they rented."),
			"max_monthly":     limit("The same limit in USD per month of 730 hours. When both are set, the stricter one applies."),
			"max_hourly_each": limit("Highest cost of one resource while it runs, storage included, in USD per hour."),
		},
	}
}

func platformAttributes(keyVariable, keyFile, urlVariables, url string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"api_key": schema.StringAttribute{
			Optional: true, Sensitive: true,
			MarkdownDescription: "The API key. Default: the environment variable " + keyVariable + ", then " + keyFile + ".",
		},
		"base_url": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "The URL of the API. Default: the environment variable " + urlVariables + ", then `" + url + "`. " +
				"`http://` is accepted for loopback addresses only.",
			Validators: []validator.String{baseURL{}},
		},
	}
}

// ConfigValidators refuse what the provider block may not combine.
func (p *gpumarket) ConfigValidators(context.Context) []provider.ConfigValidator {
	return []provider.ConfigValidator{validators.Rules{{
		When: []validators.Condition{validators.Given("runpod.profile"), validators.Given("runpod.api_key")},
		At:   "runpod.profile", Summary: "Both profile and api_key",
		Detail: "runpod.profile selects a key from ~/.runpod/config.toml, runpod.api_key is a key. Set only one of them.",
	}}}
}

// baseURL checks the URL of an API; "" is the same as null.
type baseURL struct{}

func (baseURL) Description(context.Context) string { return "has to be a URL of an API" }

func (v baseURL) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (baseURL) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if text := kernel.Text(req.ConfigValue); text != nil {
		checkURL(req.Path, *text, &resp.Diagnostics)
	}
}

// checkURL refuses what would send a key in the clear. The URL may come from the
// environment, so the details name the attribute and the variable.
func checkURL(at path.Path, text string, diags *diag.Diagnostics) (ok bool) {
	origin := fmt.Sprintf(" It is %s, or the environment variable %s.", at, strings.Join(urlVariables()[at.ParentPath().String()], " or "))
	parsed, err := url.Parse(text)
	switch {
	case err != nil || parsed.Host == "":
		diags.AddAttributeError(at, "Not a URL", "A base URL looks like "+runPodURL+"."+origin)
	case parsed.User != nil:
		diags.AddAttributeError(at, "A URL without credentials is needed", "The key goes into api_key; a URL may end up in a log."+origin)
	case parsed.Scheme == "https", parsed.Scheme == "http" && loopback(parsed.Hostname()):
		return true
	case parsed.Scheme == "http":
		diags.AddAttributeError(at, "Unencrypted URL",
			"The API key would travel in the clear: use https://. http:// is accepted for loopback addresses only."+origin)
	default:
		diags.AddAttributeError(at, "Unsupported URL", "Use https://."+origin)
	}
	return false
}

// urlVariables are the variables that may hold a platform's base URL, the first
// that is set counting.
func urlVariables() map[string][]string {
	return map[string][]string{
		"runpod": {"RUNPOD_BASE_URL", "RUNPOD_API_BASE_URL"}, // the second is what RunPod's own provider reads
		"vastai": {"VAST_URL"},
	}
}

func (p *gpumarket) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	data := &kernel.Data{
		Clock:   p.options.Clock,
		Logger:  loggerFor("gpumarket"),
		PollMin: p.options.PollMin,
		PollMax: p.options.PollMax,
	}
	env := environment{getenv: os.Getenv, homeDir: os.UserHomeDir}
	p.configureRunPod(data, runPodConfig(ctx, config.RunPod, &resp.Diagnostics), env, &resp.Diagnostics)
	p.configureVastai(data, platformConfig(ctx, config.Vastai, &resp.Diagnostics), env, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	data.Desk = rent.NewDesk(p.options.Clock, p.options.DataDir, data.Logger)
	context.AfterFunc(p.options.Lifetime, data.Desk.End) //nolint:contextcheck // the process outlives this request.
	data.PriceBook = kernel.NewPriceBook(p.options.Clock, p.options.DataDir, data.RunPodAccount.Service(), data.RunPod)
	data.Budget = budget.New(p.options.Clock, limits(kernel.FromObject[budgetModel](ctx, config.Budget, &resp.Diagnostics)), spend.Items(p.options.Clock, data.RunPod, data.Vastai), p.options.DataDir, data.RunPodAccount.Key(), data.VastaiAccount.Key())

	resp.ResourceData = data
	resp.DataSourceData = data
	resp.ListResourceData = data
	resp.EphemeralResourceData = data
}

// platformConfig is nil when the block leaves the platform out; a block that is
// unknown as a whole has an unknown key.
func platformConfig(ctx context.Context, block types.Object, diags *diag.Diagnostics) *platformModel {
	if block.IsUnknown() {
		return &platformModel{APIKey: types.StringUnknown(), BaseURL: types.StringUnknown()}
	}
	return kernel.FromObject[platformModel](ctx, block, diags)
}

// runPodConfig is [platformConfig] for RunPod. A profile that is not known yet
// stands for a key that is not known yet.
func runPodConfig(ctx context.Context, block types.Object, diags *diag.Diagnostics) *runPodModel {
	if block.IsUnknown() {
		return &runPodModel{platformModel: *platformConfig(ctx, block, diags)}
	}
	config := kernel.FromObject[runPodModel](ctx, block, diags)
	if config != nil && config.Profile.IsUnknown() {
		config.APIKey = types.StringUnknown()
	}
	return config
}

func (p *gpumarket) configureRunPod(data *kernel.Data, config *runPodModel, env environment, diags *diag.Diagnostics) {
	var block *platformModel
	profile := ""
	if config != nil {
		block, profile = &config.platformModel, config.Profile.ValueString()
	}
	found, err := env.runPod(profile)
	if missing := new(noProfileError); errors.As(err, &missing) {
		diags.AddAttributeError(path.Root("runpod").AtName("profile"), "No such profile", missing.Error()+".")
		return
	}
	given, access := resolve("runpod", block, found, err, runPodURL, diags)
	data.RunPodAccess = access
	if access != kernel.Configured {
		return
	}
	client, err := runpod.New(runpod.Config{
		APIKey: given.key, BaseURL: given.baseURL, UserAgent: p.userAgent(), Clock: p.options.Clock,
		Logger: loggerFor("runpod"), Base: p.options.RunPodTransport,
	})
	if err != nil {
		diags.AddAttributeError(path.Root("runpod"), "Unable to use RunPod", err.Error())
		return
	}
	data.RunPod, data.RunPodAccount = client, rent.NewAccount(given.baseURL, given.key, nil)
}

func (p *gpumarket) configureVastai(data *kernel.Data, config *platformModel, env environment, diags *diag.Diagnostics) {
	found, err := env.vastai()
	given, access := resolve("vastai", config, found, err, vastaiURL, diags)
	data.VastaiAccess = access
	if access != kernel.Configured {
		return
	}
	client, err := vastai.New(vastai.Config{
		APIKey: given.key, BaseURL: given.baseURL, UserAgent: p.userAgent(), Clock: p.options.Clock,
		Logger: loggerFor("vastai"), Base: p.options.VastaiTransport,
	})
	if err != nil {
		diags.AddAttributeError(path.Root("vastai"), "Unable to use Vast.ai", err.Error())
		return
	}
	data.Vastai, data.VastaiAccount = client, rent.NewAccount(given.baseURL, given.key, func(ctx context.Context) (string, error) {
		user, err := client.Account.Current(ctx)
		if err != nil {
			return "", err
		}
		return strconv.FormatInt(user.ID, 10), nil
	})
}

func (p *gpumarket) userAgent() string {
	return "terraform-provider-gpumarket/" + p.options.Version
}

// resolve puts the provider block over what the environment gives. Each of key
// and URL falls back on its own.
func resolve(
	name string, config *platformModel, found credential, foundErr error, defaultURL string, diags *diag.Diagnostics,
) (credential, kernel.Access) {
	if config != nil && (config.APIKey.IsUnknown() || config.BaseURL.IsUnknown()) {
		return credential{}, kernel.Unknown
	}
	given := found
	if config != nil {
		if key := kernel.Text(config.APIKey); key != nil {
			given.key, foundErr = *key, nil
		}
		if baseURL := kernel.Text(config.BaseURL); baseURL != nil {
			given.baseURL = *baseURL
		}
	}
	if foundErr != nil {
		// Not an error: the platform may not be used at all.
		diags.AddAttributeWarning(path.Root(name).AtName("api_key"), "The API key could not be read", foundErr.Error()+".")
		return credential{}, kernel.Missing
	}
	given.key = strings.TrimSpace(given.key)
	if given.key == "" {
		return credential{}, kernel.Missing
	}
	if given.baseURL == "" {
		given.baseURL = defaultURL
	}
	if !checkURL(path.Root(name).AtName("base_url"), given.baseURL, diags) {
		return credential{}, kernel.Missing
	}
	return given, kernel.Configured
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func limits(config *budgetModel) budget.Limits {
	var l budget.Limits
	if config == nil {
		return l
	}
	if v := kernel.Float(config.MaxHourly); v != nil {
		amount := money.PerHour(*v)
		l.MaxHourly = &amount
	}
	if v := kernel.Float(config.MaxMonthly); v != nil {
		monthly := money.PerMonth(*v)
		if hourly := monthly.Hourly(); l.MaxHourly == nil || hourly < *l.MaxHourly {
			l.MaxHourly, l.MaxMonthly = &hourly, &monthly
		}
	}
	if v := kernel.Float(config.MaxHourlyEach); v != nil {
		amount := money.PerHour(*v)
		l.MaxHourlyEach = &amount
	}
	return l
}
