package contract

import (
	"fmt"
	"strconv"
)

// undeclared lists the properties of a value that none of the schemas declares,
// even where the schemas are open: what a client sends and the document does not
// know is a mistake of one of the two. A schema that names no property at all,
// or says that others are welcome, is not looked into.
func (d *document) undeclared(schemas []node, path string, value any) []string {
	all := d.expand(schemas)
	var faults []string
	switch v := value.(type) {
	case []any:
		var items []node
		for _, n := range all {
			if item, ok := d.child(n, "items"); ok {
				items = append(items, item)
			}
		}
		for i := range v {
			faults = append(faults, d.undeclared(items, path+"["+strconv.Itoa(i)+"]", v[i])...)
		}
	case map[string]any:
		for _, key := range sorted(v) {
			children, known := d.declared(all, key)
			if !known {
				faults = append(faults, fmt.Sprintf("the property '%s' at %s is not declared", key, path))
			}
			faults = append(faults, d.undeclared(children, path+"."+key, v[key])...)
		}
	}
	return faults
}

// declared are the schemas of a property. known is true as well when nothing is
// said about properties.
func (d *document) declared(schemas []node, key string) (children []node, known bool) {
	silent := true
	for _, n := range schemas {
		if _, names := d.child(n, "properties"); names {
			silent = false
		}
		if child, ok := d.walk(n, "properties", key); ok {
			children, known = append(children, child), true
			continue
		}
		for _, rest := range []string{"additionalProperties", "unevaluatedProperties"} {
			others, ok := d.child(n, rest)
			if !ok {
				continue
			}
			silent = false
			if open, plain := others.value.(bool); !plain {
				children, known = append(children, others), true
			} else if open {
				known = true
			}
		}
	}
	return children, known || silent
}

// expand adds what the schemas are made of.
func (d *document) expand(schemas []node) []node {
	var all []node
	for _, n := range schemas {
		n = d.follow(n)
		all = append(all, n)
		for _, part := range []string{"allOf", "anyOf", "oneOf"} {
			list, _ := d.child(n, part)
			all = append(all, d.expand(d.items(list))...)
		}
		for _, part := range []string{"then", "else"} {
			if branch, ok := d.child(n, part); ok {
				all = append(all, d.expand([]node{branch})...)
			}
		}
	}
	return all
}
