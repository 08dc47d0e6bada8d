package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// figures is how a refusal of a create reads.
func figures(others, adds, limit string) string {
	return fmt.Sprintf("verything else costs %s USD/h, this adds %s USD/h, and budget.max_hourly is %s USD/h", others, adds, limit)
}

const noRoom = "; nothing ended within 2m0s to make room"

// budgetCase is a plan under a budget and what becomes of it.
type budgetCase struct {
	before string // what is applied before there is a limit
	setup  func(b *budgeted)
	limit  string
	config string
	args   []string // of the plan
	// refused is what a refusal of the plan says, "" when the plan passes.
	refused string
	// warned is what a plan that passes says.
	warned string
	// applyRefused is what a refusal of the apply of a passed plan says.
	applyRefused string
	// held are the types that the platforms hold in the end.
	held []string
}

const (
	aPod      = "gpumarket_runpod_pod"
	aVolume   = "gpumarket_runpod_network_volume"
	aInstance = "gpumarket_vastai_instance"
)

func budgetCreates() map[string]budgetCase {
	return map[string]budgetCase{
		"create":        {limit: "0.59", config: budgetPod("a"), refused: figures("0.00", "0.60", "0.59")},
		"create/within": {limit: "0.6", config: budgetPod("a"), held: []string{aPod}},
		"create/next to what runs": {
			before: budgetPod("a"), limit: "1", config: budgetPod("a") + budgetPod("b", "depends_on = [gpumarket_runpod_pod.a]"),
			refused: figures("0.60", "0.60", "1.00"), held: []string{aPod},
		},
		"create/planned before what runs": {
			before: budgetPod("a"), limit: "1", config: budgetPod("a", "depends_on = [gpumarket_runpod_pod.b]") + budgetPod("b"),
			refused: "Everything else costs 0.60 USD/h, this costs 0.60 USD/h, other resources of this plan add 0.60 USD/h, and budget.max_hourly is 1.00 USD/h",
			held:    []string{aPod},
		},
		"count":        {limit: "1.2", config: budgetPod("a", "count = 3"), refused: figures("1.20", "0.60", "1.20")},
		"count/within": {limit: "1.8", config: budgetPod("a", "count = 3"), held: []string{aPod, aPod, aPod}},
		"for_each": {
			limit: "1", config: budgetPod("a", `for_each = toset(["x", "y"])`), refused: figures("0.60", "0.60", "1.00"),
		},
		"pod, volume and instance": {
			limit: "1.28", config: budgetPod("a") + budgetVolume(730) + budgetSelected, refused: "and budget.max_hourly is 1.28 USD/h",
		},
		"pod, volume and instance/within": {
			limit: "1.29", config: budgetPod("a") + budgetVolume(730) + budgetSelected, held: []string{aVolume, aPod, aInstance},
		},
		"unknown": {
			limit: "0.6", config: budgetInstance(), warned: "Not counted in the budget yet",
			applyRefused: figures("0.00", "0.62", "0.60"),
		},
		"unknown/within": {
			limit: "0.7", config: budgetInstance(), warned: "Not counted in the budget yet", held: []string{aInstance},
		},
		"unknown/with a ceiling": {
			limit: "0.7", config: budgetInstance("max_hourly_price = 0.8"), refused: figures("0.00", "0.80", "0.70"),
		},
		"others": {
			setup: func(b *budgeted) { b.others() }, limit: "1", config: budgetPod("a"),
			refused: figures("0.60", "0.60", "1.00"), held: []string{aPod},
		},
		"others/within": {
			setup: func(b *budgeted) { b.others() }, limit: "1.2", config: budgetPod("a"), held: []string{aPod, aPod},
		},
	}
}

func budgetChanges() map[string]budgetCase {
	const stopped = `desired_status = "stopped"`
	disk := acctest.Block("volume", `size_gb = 73`, `mount_path = "/data"`) // 0.01 running, 0.02 stopped
	return map[string]budgetCase{
		"resize": {
			before: budgetPod("a") + budgetVolume(73), limit: "0.65",
			config:  budgetPod("a") + budgetVolume(730, "depends_on = [gpumarket_runpod_pod.a]"),
			refused: "Everything else costs 0.60 USD/h, this costs 0.07 USD/h instead of 0.007 USD/h, and budget.max_hourly is 0.65 USD/h",
			held:    []string{aVolume, aPod},
		},
		"resize/within": {
			before: budgetPod("a") + budgetVolume(73), limit: "0.67", config: budgetPod("a") + budgetVolume(730),
			held: []string{aVolume, aPod},
		},
		"stop": {before: budgetPod("a", disk), limit: "0.1", config: budgetPod("a", disk, stopped), warned: "may not start again", held: []string{aPod}},
		"stop/makes room": {
			before: budgetPod("a", disk), limit: "0.62", config: budgetPod("a", disk, stopped) + budgetPod("b"), held: []string{aPod, aPod},
		},
		"start": {
			before: budgetPod("a", disk, stopped), limit: "0.6", config: budgetPod("a", disk),
			refused: "Everything else costs 0.00 USD/h, this costs 0.61 USD/h instead of 0.02 USD/h, and budget.max_hourly is 0.60 USD/h",
			held:    []string{aPod},
		},
		"nothing changes": {
			before: budgetPod("a"), limit: "0.5", config: budgetPod("a"), held: []string{aPod},
			warned: "Everything else costs 0.00 USD/h, this costs 0.60 USD/h, and budget.max_hourly is 0.50 USD/h. It runs already, so it is kept.",
		},
		"destroy":           {before: budgetPod("a"), limit: "0.1", config: budgetPod("a"), args: []string{"-destroy"}},
		"orphan and create": {before: budgetPod("a"), limit: "0.6", config: budgetPod("b"), held: []string{aPod}},
		"orphan and create/too dear": {
			before: budgetPod("a"), limit: "0.6", config: budgetPod("b") + budgetPod("c"), refused: figures("0.60", "0.60", "0.60"), held: []string{aPod},
		},
		"imported orphan and create": {
			setup: func(b *budgeted) {
				b.cli.Write("main.tf", budgetPod("a"))
				b.cli.MustRun("import", "gpumarket_runpod_pod.a", b.others())
				b.cli.MustRun("plan") // what a plan sees in the state is known from then on
			},
			limit: "0.6", config: budgetPod("b"), held: []string{aPod},
		},
		"imported": {
			setup: func(b *budgeted) {
				b.cli.Write("main.tf", budgetPod("a"))
				b.cli.MustRun("import", "gpumarket_runpod_pod.a", b.others())
			},
			limit: "1.2", config: budgetPod("a") + budgetPod("b"), held: []string{aPod, aPod},
		},
		"attribute replacement": {
			before: budgetPod("a"), limit: "1.18", config: strings.Replace(budgetPod("a"), `["RTX 4090"]`, "[\"RTX 4090\"]\n    count = 2", 1),
			refused: figures("0.00", "1.19", "1.18"), held: []string{aPod},
		},
		"attribute replacement/within": {
			before: budgetPod("a"), limit: "1.19", config: strings.Replace(budgetPod("a"), `["RTX 4090"]`, "[\"RTX 4090\"]\n    count = 2", 1), held: []string{aPod},
		},
		"-replace": {
			before: budgetPod("a"), limit: "0.6", config: budgetPod("a"), args: []string{"-replace=gpumarket_runpod_pod.a"}, held: []string{aPod},
		},
		"taint": {
			before: budgetPod("a"), setup: func(b *budgeted) { b.cli.MustRun("taint", "gpumarket_runpod_pod.a") },
			limit: "0.6", config: budgetPod("a"), held: []string{aPod},
		},
		// What is not planned may be anybody's: it counts when it comes to renting.
		"-target": {
			before: budgetPod("a"), limit: "1", config: budgetPod("a") + budgetPod("b"), args: []string{"-target=gpumarket_runpod_pod.b"},
			applyRefused: figures("0.60", "0.60", "1.00") + noRoom, held: []string{aPod},
		},
		// Both run for a moment, which no plan tells the provider.
		"create_before_destroy": {
			before: budgetPod("a", "lifecycle { create_before_destroy = true }"), limit: "1",
			config: budgetPod("a", "lifecycle { create_before_destroy = true }"), args: []string{"-replace=gpumarket_runpod_pod.a"},
			applyRefused: figures("0.60", "0.60", "1.00") + noRoom, held: []string{aPod},
		},
		"create_before_destroy/within": {
			before: budgetPod("a", "lifecycle { create_before_destroy = true }"), limit: "1.2",
			config: budgetPod("a", "lifecycle { create_before_destroy = true }"), args: []string{"-replace=gpumarket_runpod_pod.a"}, held: []string{aPod},
		},
	}
}

// TestBudget goes through plans under max_hourly: what is refused when, with which
// figures, and what is rented in the end. A plan that is refused writes nothing.
func TestBudget(t *testing.T) {
	t.Parallel()
	for _, cases := range []map[string]budgetCase{budgetCreates(), budgetChanges()} {
		for name, tt := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				tt.run(newBudgeted(t))
			})
		}
	}
}

func (tt budgetCase) run(b *budgeted) {
	b.t.Helper()
	if tt.before != "" {
		b.cli.Write("main.tf", tt.before)
		b.cli.MustRun("apply", "-auto-approve")
	}
	if tt.setup != nil {
		tt.setup(b)
	}
	b.limit(tt.limit)
	b.cli.Write("main.tf", tt.config)
	b.env.ResetJournal()
	plan := b.cli.Run(append([]string{"plan", "-out=saved"}, tt.args...)...)
	b.env.NoWrites(b.t)
	switch {
	case tt.refused != "":
		b.says(plan, true, tt.refused)
		// An apply without a saved plan is refused at the same point.
		b.says(b.cli.Run(append([]string{"apply", "-auto-approve"}, tt.args...)...), true, tt.refused)
		b.env.NoWrites(b.t)
	case tt.applyRefused != "":
		b.says(plan, false, tt.warned)
		b.says(b.cli.Run("apply", "saved"), true, tt.applyRefused)
	default:
		b.says(plan, false, tt.warned)
		b.cli.MustRun("apply", "saved")
	}
	b.holds(tt.held...)
}

func (b *budgeted) holds(want ...string) {
	b.t.Helper()
	var held []string
	for _, rented := range b.env.Rented() {
		held = append(held, rented.Type)
	}
	slices.Sort(held)
	slices.Sort(want)
	if !slices.Equal(held, want) {
		b.t.Errorf("the platforms hold %v, want %v", held, want)
	}
}

// TestBudget_Destroy: a refusal of one resource does not keep another one running.
func TestBudget_Destroy(t *testing.T) {
	t.Parallel()
	b := newBudgeted(t)
	b.cli.Write("main.tf", budgetPod("a")+budgetVolume(73))
	b.cli.MustRun("apply", "-auto-approve")
	b.limit("1")
	b.cli.Write("main.tf", budgetPod("a")+budgetVolume(73)+budgetPod("b", "depends_on = [gpumarket_runpod_pod.a]"))
	b.says(b.cli.Run("plan"), true, "Over the budget")
	b.cli.MustRun("destroy", "-refresh=false", "-auto-approve")
	b.holds()
}

// TestBudget_Lowered: a limit below what runs is no obstacle to a plain destroy.
func TestBudget_Lowered(t *testing.T) {
	t.Parallel()
	b := newBudgeted(t)
	b.cli.Write("main.tf", budgetPod("a"))
	b.cli.MustRun("apply", "-auto-approve")
	b.provider("budget {\n  max_hourly = 0.1\n  max_hourly_each = 0.1\n}")
	b.cli.MustRun("destroy", "-auto-approve")
	b.holds()
}

// TestBudget_OthersMeanwhile: what others rent after the plan was reviewed counts
// when it is applied; once it is gone, the same plan could be made and applied.
func TestBudget_OthersMeanwhile(t *testing.T) {
	t.Parallel()
	b := newBudgeted(t)
	b.limit("1")
	b.cli.Write("main.tf", budgetPod("a"))
	b.cli.MustRun("plan", "-out=saved")
	b.others()
	b.env.ResetJournal()
	b.says(b.cli.Run("apply", "saved"), true, figures("0.60", "0.60", "1.00"))
	b.env.NoWrites(b.t)
}

// TestBudget_Each: the limit for one resource stands at the plan, on the attribute
// that says what is rented.
func TestBudget_Each(t *testing.T) {
	t.Parallel()
	b := newBudgeted(t)
	b.provider("budget { max_hourly_each = 0.599 }")
	for config, text := range map[string]string{
		budgetPod("a"): "It costs 0.60 USD/h and budget.max_hourly_each is 0.599 USD/h.",
		budgetSelected: "It costs 0.62 USD/h and budget.max_hourly_each is 0.599 USD/h.",
	} {
		b.cli.Write("main.tf", config)
		b.says(b.cli.Run("plan"), true, text)
	}
	// A price that is not known at plan is checked before renting.
	b.cli.Write("main.tf", budgetInstance())
	b.cli.MustRun("plan", "-out=saved")
	b.says(b.cli.Run("apply", "saved"), true, "it costs 0.62 USD/h and budget.max_hourly_each is 0.599 USD/h")
	b.env.NoWrites(t)
	b.holds()
}

// TestBudget_Monthly: the stricter one of max_hourly and max_monthly holds, and the
// message names the one that the user wrote.
func TestBudget_Monthly(t *testing.T) {
	t.Parallel()
	b := newBudgeted(t)
	b.cli.Write("main.tf", budgetPod("a", "count = 2")) // 0.60 USD/h each
	for lines, text := range map[string]string{
		"max_monthly = 730":                     "budget.max_monthly is 730.00 USD a month, which is 1.00 USD/h.",
		"max_monthly = 730\n  max_hourly = 2":   "budget.max_monthly is 730.00 USD a month, which is 1.00 USD/h.",
		"max_monthly = 7300\n  max_hourly = 1":  "budget.max_hourly is 1.00 USD/h.",
		"max_monthly = 7300\n  max_hourly = 10": "",
	} {
		b.provider("budget {\n  " + lines + "\n}")
		b.says(b.cli.Run("plan"), text != "", text)
	}
	b.env.NoWrites(t)
}

// TestBudget_Aliases: every provider block has a process and a ledger of its own,
// so a plan does not add them up; but a rent is held against all that runs.
func TestBudget_Aliases(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.RealTime)
	if err := env.World.LoadMarket([]byte(budgetMarket)); err != nil {
		t.Fatal(err)
	}
	b := &budgeted{t: t, env: env, cli: env.CLI(t)}
	block := env.ProviderBlock("budget { max_hourly = 1 }")
	b.cli.Write("provider.tf", budgetRequires+block+strings.Replace(block, "{\n", "{\n  alias = \"other\"\n", 1))

	b.cli.Write("main.tf", budgetPod("a", "count = 2", "provider = gpumarket.other"))
	b.says(b.cli.Run("plan"), true, figures("0.60", "0.60", "1.00"))

	b.cli.Write("main.tf", budgetPod("a")+budgetPod("b", "provider = gpumarket.other", "depends_on = [gpumarket_runpod_pod.a]"))
	b.says(b.cli.Run("plan"), false, "2 to add")
	env.NoWrites(t)
	apply := b.cli.Start("apply", "-auto-approve")
	env.Await(t, "createPod")
	// The last look of the first pod's wait, the list for the second one's plan, and
	// two looks for room.
	for range 4 {
		env.ResetJournal()
		env.Await(t, "listPods")
	}
	b.holds(aPod)
	b.end(env.Rented()[0].ID)
	b.says(apply.Wait(), false, "2 added")
	b.holds(aPod)
}
