package protocol

import (
	"fmt"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// scope is what the expressions of a walk can refer to.
type scope struct {
	mu        sync.Mutex
	vars      cty.Value
	values    map[string]cty.Value // by "local.x", "data.type.name", "type.name"
	functions map[string]function.Function
}

func (s *scope) set(key string, v cty.Value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key] = v
}

// context holds what the references need.
func (s *scope) context(refs []hcl.Traversal, extra map[string]cty.Value) *hcl.EvalContext {
	s.mu.Lock()
	defer s.mu.Unlock()
	tree := map[string]any{}
	for _, ref := range refs {
		key := reference(ref)
		v, ok := s.values[key]
		if !ok {
			continue
		}
		at, path := tree, strings.Split(key, ".")
		for _, name := range path[:len(path)-1] {
			next, ok := at[name].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[name] = next
			}
			at = next
		}
		at[path[len(path)-1]] = v
	}
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: s.functions}
	for name, v := range tree {
		ctx.Variables[name] = objectOf(v)
	}
	ctx.Variables["var"] = s.vars
	ctx.Variables["terraform"] = cty.ObjectVal(map[string]cty.Value{"workspace": cty.StringVal("default")})
	ctx.Variables["path"] = cty.ObjectVal(map[string]cty.Value{"module": cty.StringVal("."), "root": cty.StringVal(".")})
	for name, v := range extra {
		ctx.Variables[name] = v
	}
	return ctx
}

func objectOf(tree any) cty.Value {
	inner, ok := tree.(map[string]any)
	if !ok {
		return tree.(cty.Value) //nolint:forcetypeassert // the tree holds nothing else
	}
	values := map[string]cty.Value{}
	for name, v := range inner {
		values[name] = objectOf(v)
	}
	return cty.ObjectVal(values)
}

// common are the functions of the language that configurations of tests use.
func common() map[string]function.Function {
	return map[string]function.Function{
		"abs": stdlib.AbsoluteFunc, "can": tryfunc.CanFunc, "ceil": stdlib.CeilFunc, "chomp": stdlib.ChompFunc, "coalesce": stdlib.CoalesceFunc,
		"concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc, "distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc,
		"flatten": stdlib.FlattenFunc, "floor": stdlib.FloorFunc, "format": stdlib.FormatFunc, "join": stdlib.JoinFunc,
		"jsondecode": stdlib.JSONDecodeFunc, "jsonencode": stdlib.JSONEncodeFunc, "keys": stdlib.KeysFunc, "length": stdlib.LengthFunc,
		"lookup": stdlib.LookupFunc, "lower": stdlib.LowerFunc, "max": stdlib.MaxFunc, "merge": stdlib.MergeFunc, "min": stdlib.MinFunc,
		"range": stdlib.RangeFunc, "regex": stdlib.RegexFunc, "replace": stdlib.ReplaceFunc, "setunion": stdlib.SetUnionFunc,
		"slice": stdlib.SliceFunc, "sort": stdlib.SortFunc, "split": stdlib.SplitFunc, "substr": stdlib.SubstrFunc, "sum": sum,
		"tolist": to("list", cty.List(cty.DynamicPseudoType)), "tomap": to("map", cty.Map(cty.DynamicPseudoType)),
		"tonumber": to("number", cty.Number), "toset": to("set", cty.Set(cty.DynamicPseudoType)), "tostring": to("string", cty.String),
		"trimspace": stdlib.TrimSpaceFunc, "try": tryfunc.TryFunc, "upper": stdlib.UpperFunc, "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,
	}
}

func to(name string, t cty.Type) function.Function {
	return function.New(&function.Spec{
		Description: "to" + name,
		Params:      []function.Parameter{{Name: "v", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true}},
		Type: func(args []cty.Value) (cty.Type, error) {
			v, err := convert.Convert(args[0], t)
			return v.Type(), err
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return convert.Convert(args[0], t) },
	})
}

// sum adds in decimals, as the CLIs do.
var sum = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(cty.Number), nil
		}
		total := cty.Zero
		for _, v := range elements(args[0]) {
			n, err := convert.Convert(v, cty.Number)
			if err != nil || n.IsNull() {
				return cty.NilVal, function.NewArgErrorf(0, "argument must be list, set, or tuple of number values")
			}
			total = total.Add(n)
		}
		return total, nil
	},
})

// offered are the functions of a provider, which is called as it is started,
// without a configuration. A function that answers the same question in two ways
// breaks a rule of core.
func (w *World) offered(p *process) map[string]function.Function {
	out := map[string]function.Function{}
	for name, f := range p.functions {
		var params []function.Parameter
		for _, from := range f.Parameters {
			params = append(params, parameter(from))
		}
		spec := &function.Spec{Params: params, Type: function.StaticReturnType(ctyType(f.Return.Type))}
		if f.VariadicParameter != nil {
			last := parameter(f.VariadicParameter)
			spec.VarParam = &last
		}
		spec.Impl = func(args []cty.Value, t cty.Type) (cty.Value, error) { return w.callFunction(p, name, spec, args, t) }
		out["provider::"+p.name+"::"+name] = function.New(spec)
	}
	return out
}

func parameter(from *tfprotov6.FunctionParameter) function.Parameter {
	t := ctyType(from.Type)
	return function.Parameter{
		Name: from.Name, Type: t, AllowNull: from.AllowNullValue, AllowUnknown: from.AllowUnknownValues,
		AllowDynamicType: t == cty.DynamicPseudoType,
	}
}

func (w *World) callFunction(p *process, name string, spec *function.Spec, args []cty.Value, t cty.Type) (cty.Value, error) {
	req := &tfprotov6.CallFunctionRequest{Name: name}
	for i, arg := range args {
		param := spec.VarParam
		if i < len(spec.Params) {
			param = &spec.Params[i]
		}
		if !param.AllowUnknown && !arg.IsWhollyKnown() {
			return cty.UnknownVal(t), nil
		}
		req.Arguments = append(req.Arguments, encode(arg, param.Type))
	}
	resp, err := p.CallFunction(w.ctx(), req)
	switch {
	case err != nil:
		return cty.NilVal, err
	case resp.Error != nil && resp.Error.FunctionArgument != nil:
		return cty.NilVal, function.NewArgErrorf(int(*resp.Error.FunctionArgument), "%s", resp.Error.Text)
	case resp.Error != nil:
		return cty.NilVal, fmt.Errorf("%s", resp.Error.Text)
	}
	v, err := decode(resp.Result, t)
	switch {
	case err != nil:
		return cty.NilVal, fmt.Errorf("%s: the result does not conform to the declared type: %w", functionRule, err)
	case v == cty.NilVal:
		return cty.NilVal, fmt.Errorf("%s: no result and no error", functionRule)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	question := fmt.Sprintf("%s %#v", name, args)
	if before, asked := w.answers[question]; asked && !before.RawEquals(v) {
		return cty.NilVal, fmt.Errorf("%s: the same call gave %#v before and %#v now", functionRule, before, v)
	}
	w.answers[question] = v
	return v, nil
}

// functionRule begins the message about a function that broke a rule of core.
const functionRule = "Provider function returned an inconsistent result"
