package spend

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// recent is how long after its create an object may be missing from the platforms'
// lists and nevertheless exist.
const recent = time.Hour

// lookTakes bounds the look for what is in no state: a plan can do without.
const lookTakes = 30 * time.Second

// WarnStrays warns about what was created with this data directory, bills, and is in
// no state known here. The plan of a create calls it: once in a process it looks for
// all such objects of the type. list lists what bills on the platform, and is called
// only when there may be any.
//
// It never fails a plan: without an answer nothing is said.
func WarnStrays(
	ctx context.Context, desk *rent.Desk, kind string, list func(context.Context) ([]Item, error), diags *diag.Diagnostics,
) {
	strays := desk.Unreported(kind)
	if len(strays) == 0 {
		return
	}
	items, err := list(transport.WithDeadline(ctx, desk.Clock, lookTakes))
	if err != nil {
		desk.Logger.Debug("the search for what is in no state failed", "type", kind, "error", err.Error())
		return
	}
	var lines []string
	var sum money.PerHour
	for _, stray := range strays {
		item, found := find(items, stray)
		if !found {
			// Without a marker its id is needed to tell it from others for ever.
			if !stray.Killed() && stray.Marker != "" && desk.Clock.Now().Sub(stray.Since) > recent {
				desk.Gone(kind, stray.ID)
			}
			continue
		}
		sum += item.Hourly
		lines = append(lines, describe(stray, item))
	}
	if len(lines) == 0 {
		return
	}
	diags.AddWarning(fmt.Sprintf("%s in no state known here, at %s USD/h", plural(len(lines), kind), sum),
		"This was created or managed from this directory. It is billed, and it is not in the state that Terraform uses now:\n"+strings.Join(lines, "\n")+
			"\n\nManage it again with the import command, or delete it in the platform's console, which stops its cost and deletes its data. "+
			"Do not import what another state has: two states would then own it, and destroying either would destroy it. Where another state has it, delete the file, and this warning ends.")
}

// OnRunPod lists what bills on the account of a client, which is nil without one.
func OnRunPod(client *runpod.Client) func(context.Context) ([]Item, error) {
	return func(ctx context.Context) ([]Item, error) {
		if client == nil {
			return nil, errNoKey
		}
		return RunPod(ctx, client, transport.Recent)
	}
}

// OnVastai is [OnRunPod] for Vast.ai.
func OnVastai(client *vastai.Client) func(context.Context) ([]Item, error) {
	return func(ctx context.Context) ([]Item, error) {
		if client == nil {
			return nil, errNoKey
		}
		return Vastai(ctx, client, transport.Recent)
	}
}

var errNoKey = errors.New("no API key is known")

func plural(n int, kind string) string {
	if n == 1 {
		return "One " + kind + " is"
	}
	return fmt.Sprintf("%d %s are", n, kind)
}

func describe(stray rent.Stray, item Item) string {
	name := ""
	if item.Name != "" {
		name = fmt.Sprintf(" (%q)", item.Name)
	}
	line := fmt.Sprintf("  - %s%s: %s USD/h, since %s. %s", item.ID, name, item.Hourly, stray.Since.UTC().Format("2006-01-02 15:04 UTC"), item.ImportCommand())
	if stray.Killed() {
		line += ". The apply that created it was killed: the next apply of the same configuration takes it over by itself"
	}
	return line + ". File: " + stray.File
}

// ImportCommand puts the item into the state; NAME stands for a resource block that
// describes it.
func (i Item) ImportCommand() string { return "terraform import " + i.Type() + ".NAME " + i.ID }

func find(items []Item, stray rent.Stray) (Item, bool) {
	for _, item := range items {
		if item.Type() == stray.Type && (item.ID == stray.ID || stray.Killed() && item.Marker == stray.Marker) {
			return item, true
		}
	}
	return Item{}, false
}
